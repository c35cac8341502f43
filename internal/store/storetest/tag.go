package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/store"
)

var tagTests = []test{
	{"a version of tags counts from the moment it is saved, and the one before is kept", saveTags},
	{"a version that somebody else has saved is refused, and nothing of it is stored", staleTags},
	{"a tag keeps its name and stars wherever it is offered", takenTags},
	{"an evaluation object gets its own tags and gives them back", ownTags},
	{"of two that save the next version at once one wins", tagsAtOnce},
}

// offered are the tags that count for an evaluation object and stars, as any process reads them.
func (d *database) offered(t *testing.T, entity string, stars int) (choices []catalog.Choice) {
	t.Helper()
	into := store.Registers{Registry: org.NewRegistry(nil, nil), Entities: catalog.NewEntitySet(nil), Tags: catalog.NewTags(nil)}
	if err := d.Load(t.Context(), into); err != nil {
		t.Fatal(err)
	}
	for _, tag := range into.Tags.For(entity, stars) {
		choices = append(choices, catalog.Choice{ID: tag.ID, Name: tag.Name, Core: tag.Core})
	}
	return choices
}

func (d *database) versions(t *testing.T, entity string, stars int) []catalog.TagVersion {
	t.Helper()
	versions, err := d.TagVersions(t.Context(), entity, stars)
	if err != nil {
		t.Fatal(err)
	}
	return versions
}

var someTags = []catalog.Choice{
	{ID: "513", Name: "可以全程网上办理", Core: true}, {ID: "550", Name: "环境整洁", Core: true}, {ID: "510", Name: "一窗受理一次办结"},
}

func saveTags(t *testing.T, d *database) {
	d.migrated(t)
	before := d.offered(t, "egovAffair", 5)
	four := d.offered(t, "egovAffair", 4)
	ctx := audit.With(t.Context(), audit.Origin{Actor: "sheng", Request: "R1"})
	v := catalog.TagVersion{Stars: 5, Version: 1, Choices: someTags, Note: "按新规调整"}
	if err := d.AddTagVersions(ctx, []catalog.TagVersion{v}, "tags.save"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(someTags, d.offered(t, "egovAffair", 5)); diff != "" {
		t.Errorf("offered: %s", diff)
	}
	if diff := cmp.Diff(four, d.offered(t, "egovAffair", 4)); diff != "" {
		t.Errorf("other stars: %s", diff)
	}
	others := []catalog.TagVersion{{Stars: 4, Version: 1, Choices: four}, {Entity: "egovGuide", Stars: 5, Version: 1, Choices: before}}
	if err := d.AddTagVersions(t.Context(), others, "tags.save"); err != nil {
		t.Fatal(err)
	}
	v.Actor, v.At = "sheng", now
	want := []catalog.TagVersion{v, {Stars: 5, Choices: before, Actor: audit.System}}
	if diff := cmp.Diff(want, d.versions(t, "", 5)); diff != "" {
		t.Errorf("versions: %s", diff)
	}
	second := catalog.TagVersion{Stars: 5, Version: 2, Choices: before}
	for _, next := range []catalog.TagVersion{second, {Entity: "egovGuide", Stars: 5, Version: 2, Choices: someTags}} {
		if err := d.AddTagVersions(ctx, []catalog.TagVersion{next}, "tags.save"); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(before, d.offered(t, "egovAffair", 5)); diff != "" {
		t.Errorf("what was retired is offered again: %s", diff)
	}
	links, err := d.SearchAudit(t.Context(), audit.Query{Object: "tags:/5", Limit: 10})
	if err != nil || len(links) != 2 || links[1].Actor != "sheng" || links[1].Reason != "按新规调整" || links[1].After != "1: 513* 可以全程网上办理；550* 环境整洁；510 一窗受理一次办结" {
		t.Errorf("the audit log holds %+v, %v", links, err)
	}
}

func staleTags(t *testing.T, d *database) {
	d.migrated(t)
	v := func(version int, choices []catalog.Choice) catalog.TagVersion {
		return catalog.TagVersion{Stars: 5, Version: version, Choices: choices}
	}
	if err := d.AddTagVersions(t.Context(), []catalog.TagVersion{v(1, someTags)}, "tags.save"); err != nil {
		t.Fatal(err)
	}
	for _, version := range []int{1, 3} {
		err := d.AddTagVersions(t.Context(), []catalog.TagVersion{{Stars: 4, Version: 1, Choices: nil}, v(version, someTags[:1])}, "tags.save")
		if !errors.Is(err, catalog.ErrStale) {
			t.Errorf("version %d: got %v, want ErrStale", version, err)
		}
	}
	if diff := cmp.Diff(someTags, d.offered(t, "egovAffair", 5)); diff != "" || len(d.offered(t, "egovAffair", 4)) == 0 {
		t.Errorf("something was stored: %s", diff)
	}
}

func takenTags(t *testing.T, d *database) {
	d.migrated(t)
	for _, c := range []catalog.Choice{{ID: "510", Name: "另一个说法"}, {ID: "406", Name: "填写一张表单就可完成申报"}} {
		v := catalog.TagVersion{Entity: "egovAffair", Stars: 5, Version: 1, Choices: []catalog.Choice{c}}
		if err := d.AddTagVersions(t.Context(), []catalog.TagVersion{v}, "tags.save"); !errors.Is(err, catalog.ErrTagTaken) {
			t.Errorf("%s: got %v, want ErrTagTaken", c.ID, err)
		}
	}
}

func ownTags(t *testing.T, d *database) {
	d.migrated(t)
	national := d.offered(t, "egovGuide", 5)
	own := func(version int, choices []catalog.Choice) (versions []catalog.TagVersion) {
		for stars := 5; stars >= 1; stars-- {
			v := catalog.TagVersion{Entity: "egovGuide", Stars: stars, Version: version}
			if stars == 5 {
				v.Choices = choices
			}
			versions = append(versions, v)
		}
		return versions
	}
	if err := d.AddTagVersions(t.Context(), own(1, someTags), "tags.adopt"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(someTags, d.offered(t, "egovGuide", 5)); diff != "" {
		t.Errorf("its own: %s", diff)
	}
	if diff := cmp.Diff(national, d.offered(t, "egovAffair", 5)); diff != "" {
		t.Errorf("another's: %s", diff)
	}
	if err := d.AddTagVersions(t.Context(), own(2, nil), "tags.release"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(national, d.offered(t, "egovGuide", 5)); diff != "" {
		t.Errorf("given back: %s", diff)
	}
	if err := d.AddTagVersions(t.Context(), own(3, someTags[1:]), "tags.adopt"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(someTags[1:], d.offered(t, "egovGuide", 5)); diff != "" {
		t.Errorf("its own again: %s", diff)
	}
}

func tagsAtOnce(t *testing.T, d *database) {
	d.migrated(t)
	var saving sync.WaitGroup
	results := make([]error, 6)
	for n := range results {
		saving.Go(func() {
			v := catalog.TagVersion{Stars: 1 + n%2, Version: 1, Choices: []catalog.Choice{{ID: fmt.Sprintf("A%d", n), Name: "甲", Core: true}}}
			results[n] = d.AddTagVersions(context.WithoutCancel(t.Context()), []catalog.TagVersion{v}, "tags.save")
		})
	}
	saving.Wait()
	won := 0
	for n, err := range results {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, catalog.ErrStale):
			t.Errorf("%d: got %v", n, err)
		}
	}
	if won != 2 || len(d.offered(t, "egovAffair", 1)) != 1 || len(d.offered(t, "egovAffair", 2)) != 1 {
		t.Errorf("%d won, want one for each number of stars", won)
	}
}
