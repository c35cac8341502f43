package catalog

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func ids(tags []Tag) (list []string) {
	for _, tag := range tags {
		list = append(list, tag.ID)
	}
	return list
}

func TestNationalTagsByStarCoreFirst(t *testing.T) {
	tags := NewTags(National())
	for stars, want := range map[int][]string{
		5: {"510", "511", "512", "513", "514", "515", "516", "517"},
		1: {"108", "109", "110", "111", "112", "113", "114", "115"},
	} {
		offered := tags.For("egovAffair", stars)
		if diff := cmp.Diff(want, ids(offered)); diff != "" {
			t.Errorf("%d stars: %s", stars, diff)
		}
		for i, tag := range offered {
			if tag.Core != (i < 3) || tag.Entity != "egovAffair" {
				t.Errorf("tag %v stands at place %d", tag, i)
			}
		}
	}
	if got := len(tags.For("egovGuide", 0)); got != 40 {
		t.Errorf("%d tags in all, want 40", got)
	}
	if got := tags.Name("517"); got != "服务热情效率高" {
		t.Errorf("517 is %s", got)
	}
}

func TestATagNamesItsStar(t *testing.T) {
	tags := NewTags(National())
	if !tags.Valid("510", "egovAffair", 5) {
		t.Error("510 is not valid for 5 stars")
	}
	if tags.Valid("510", "egovAffair", 4) {
		t.Error("510 is valid for 4 stars")
	}
	if tags.Valid("999", "egovAffair", 5) {
		t.Error("999 is valid")
	}
}

func TestOwnTagsTakeThePlaceOfTheNational(t *testing.T) {
	tags := NewTags(append(National(),
		Tag{ID: "h1", Entity: "hallAffair", Stars: 5, Name: "环境整洁"},
		Tag{ID: "h2", Entity: "hallAffair", Stars: 5, Name: "等候时间短", Core: true},
		Tag{ID: "h3", Entity: "hallAffair", Stars: 5, Name: "旧", Retired: true}))
	if diff := cmp.Diff([]string{"h2", "h1"}, ids(tags.For("hallAffair", 5))); diff != "" {
		t.Error(diff)
	}
	if tags.Valid("510", "hallAffair", 5) || tags.Valid("h3", "hallAffair", 5) {
		t.Error("a national or a retired tag is valid for an object with its own")
	}
	if got := tags.Name("h3"); got != "旧" {
		t.Errorf("a retired tag is named %s", got)
	}
}

func TestEntities(t *testing.T) {
	set := NewEntitySet(Specified())
	if !set.Known("yssAffair") || set.Known("hallAffair") {
		t.Error("the first four are not the specification's")
	}
	if got := set.Name("hotlineAffair"); got != "热线服务" {
		t.Errorf("hotlineAffair is %s", got)
	}
}
