package catalog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/haochaping/haochaping/internal/fault"
)

// Choice is a tag as a version of a set offers it, in its place.
type Choice struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Core bool   `json:"core"`
}

// TagVersion is what an evaluation object (empty: every one that has none of its own) offers for a number of stars, from the
// moment it was saved until the next version. It is never changed.
type TagVersion struct {
	Entity  string
	Stars   int
	Version int // from 1; 0 is what was there before the first one
	Choices []Choice
	Note    string
	Actor   string
	At      time.Time
}

// Limits of tags. An id and a name are for ever: reviews hold ids, and are counted by them.
const (
	MaxTags    = 20 // of one set: as many as a review may tick
	MaxTagName = 30 // characters
	MaxTagID   = 10
	maxTagNote = 200
)

// TagStore keeps versions of tags.
type TagStore interface {
	// TagVersions are all versions of a set, the newest first; none when it was never changed.
	TagVersions(ctx context.Context, entity string, stars int) ([]TagVersion, error)
	// AddTagVersions stores versions that count from now on, and notes them in the audit log, in one transaction. ErrStale when
	// one of them is there already, ErrTagTaken when an id has another name or other stars anywhere.
	AddTagVersions(ctx context.Context, versions []TagVersion, action string) error
}

// What a TagStore refuses.
var (
	ErrStale    = errors.New("somebody else has saved that version")
	ErrTagTaken = errors.New("the id is another tag's")
)

// TagService changes tags.
type TagService struct {
	store    TagStore
	tags     *Tags
	entities *EntitySet
	// reload reads the registers again, so that this process knows at once; others do within their round.
	reload func(ctx context.Context) error
}

// NewTagService makes a service.
func NewTagService(store TagStore, tags *Tags, entities *EntitySet, reload func(ctx context.Context) error) *TagService {
	return &TagService{store, tags, entities, reload}
}

// Tags are those that count now.
func (s *TagService) Tags() *Tags { return s.tags }

// Entities are the evaluation objects.
func (s *TagService) Entities() *EntitySet { return s.entities }

// check says that there is no such set.
func (s *TagService) check(entity string, stars int) error {
	if entity != "" && !s.entities.Known(entity) || stars < 1 || stars > 5 {
		return fault.NewMissing("没有这个评价对象或星级")
	}
	return nil
}

// Choices are what a set offers now: its own, or for an evaluation object without its own those of every one.
func (s *TagService) Choices(entity string, stars int) (choices []Choice) {
	for _, tag := range s.tags.For(entity, stars) {
		choices = append(choices, Choice{tag.ID, tag.Name, tag.Core})
	}
	return choices
}

// Versions are all versions of a set, the newest first.
func (s *TagService) Versions(ctx context.Context, entity string, stars int) ([]TagVersion, error) {
	if err := s.check(entity, stars); err != nil {
		return nil, err
	}
	versions, err := s.store.TagVersions(ctx, entity, stars)
	if err != nil {
		return nil, fmt.Errorf("versions of tags: %w", err)
	}
	return versions, nil
}

// Prepare makes a draft what can be saved: names trimmed, ids given to new tags, core ones first. Violations name the fields
// name.N, id.N (N is the place in the draft, from 0), tags and note.
func (s *TagService) Prepare(entity string, stars int, draft []Choice) ([]Choice, error) {
	if err := s.check(entity, stars); err != nil {
		return nil, err
	}
	var wrong []fault.Violation
	refuse := func(field string, n int, reason string) {
		wrong = append(wrong, fault.Violation{Field: field + "." + strconv.Itoa(n), Reason: reason})
	}
	ready := slices.Clone(draft)
	names, ids := map[string]int{}, map[string]int{}
	for n := range ready {
		c := &ready[n]
		c.ID, c.Name = strings.TrimSpace(c.ID), strings.TrimSpace(c.Name)
		if c.ID == "" { // the same words are the same tag, so that it is counted in one place
			c.ID = s.tags.Called(c.Name, stars)
		}
		if was, known := s.tags.Find(c.ID); known && c.ID != "" {
			switch {
			case was.Stars != stars:
				refuse("id", n, "编号 "+c.ID+" 是"+StarName(was.Stars)+"的标签，请换一个编号")
			case c.Name != "" && c.Name != was.Name:
				refuse("name", n, "编号 "+c.ID+" 已是“"+was.Name+"”，标签的文字不能改；请停用它，另加一个新标签")
			default:
				c.Name = was.Name
			}
		} else if reason := tagID(c.ID); reason != "" {
			refuse("id", n, reason)
		}
		if reason := tagName(c.Name); reason != "" {
			refuse("name", n, reason)
		}
		other, sameWords := names[c.Name]
		_, sameID := ids[c.ID]
		switch {
		case sameWords && c.Name != "": // and so the same id, which nobody may have written
			refuse("name", n, "与第"+strconv.Itoa(other+1)+"个标签的文字相同")
		case sameID && c.ID != "":
			refuse("id", n, "编号 "+c.ID+" 写了两次")
		}
		names[c.Name], ids[c.ID] = n, n
	}
	switch {
	case len(ready) == 0:
		wrong = append(wrong, fault.Violation{Field: "tags", Reason: "至少留一个标签"})
	case len(ready) > MaxTags:
		wrong = append(wrong, fault.Violation{Field: "tags", Reason: "一个星级最多" + strconv.Itoa(MaxTags) + "个标签，请先停用几个"})
	case !slices.ContainsFunc(ready, func(c Choice) bool { return c.Core }):
		wrong = append(wrong, fault.Violation{Field: "tags", Reason: "至少有一个是核心标签，否则打开页面时一个也看不到"})
	}
	if len(wrong) > 0 {
		return nil, fault.NewInvalid(wrong...)
	}
	for n := range ready {
		if ready[n].ID == "" {
			ready[n].ID = s.freeID(stars, ids)
			ids[ready[n].ID] = n
		}
	}
	slices.SortStableFunc(ready, func(a, b Choice) int { return rank(Tag{Core: a.Core}) - rank(Tag{Core: b.Core}) })
	return ready, nil
}

func tagID(id string) string {
	if len(id) > MaxTagID || strings.Trim(id, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") != "" {
		return "编号最多" + strconv.Itoa(MaxTagID) + "位字母或数字"
	}
	return ""
}

func tagName(name string) string {
	switch {
	case name == "":
		return "请填写标签的文字"
	case !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		return "标签里有无法显示的字符，请重新填写"
	case utf8.RuneCountInString(name) > MaxTagName:
		return "标签最多" + strconv.Itoa(MaxTagName) + "个字"
	default:
		return ""
	}
}

// freeID is the next id that nobody has, as the national ones are made: the star and two digits, and more when those are used up.
func (s *TagService) freeID(stars int, taken map[string]int) string {
	for digits := 2; ; digits++ {
		width := 1
		for range digits {
			width *= 10
		}
		for n := 1; n < width; n++ {
			id := fmt.Sprintf("%d%0*d", stars, digits, n)
			if digits == 2 && n <= nationalIDs {
				continue // what the state may yet give
			}
			_, known := s.tags.Find(id)
			if _, drafted := taken[id]; !known && !drafted {
				return id
			}
		}
	}
}

// nationalIDs is up to which two digits ids are left to the national list.
const nationalIDs = 49

// Save makes a draft the version after seen, which the person saw; it counts at once here, and elsewhere within the round of the
// registers. It gives what was saved.
func (s *TagService) Save(ctx context.Context, entity string, stars, seen int, draft []Choice, note string) (TagVersion, error) {
	ready, err := s.Prepare(entity, stars, draft)
	if err != nil {
		return TagVersion{}, err
	}
	if entity != "" && !s.tags.Own(entity) {
		return TagVersion{}, fault.NewConflict("这个评价对象用的是全国统一标签，请先为它单独设置标签")
	}
	note = strings.TrimSpace(note)
	if utf8.RuneCountInString(note) > maxTagNote || !utf8.ValidString(note) || strings.ContainsRune(note, 0) {
		return TagVersion{}, fault.NewInvalid(fault.Violation{Field: "note", Reason: "说明最多" + strconv.Itoa(maxTagNote) + "个字"})
	}
	v := TagVersion{Entity: entity, Stars: stars, Version: seen + 1, Choices: ready, Note: note}
	return v, s.add(ctx, []TagVersion{v}, "tags.save")
}

// Adopt gives an evaluation object tags of its own, to begin with those of every one.
func (s *TagService) Adopt(ctx context.Context, entity string) error {
	if s.tags.Own(entity) {
		return fault.NewConflict("这个评价对象已经有自己的标签")
	}
	return s.all(ctx, entity, "从全国统一标签开始", "tags.adopt", func(stars int) []Choice { return s.Choices("", stars) })
}

// Release takes an evaluation object's own tags back, so that it offers those of every one.
func (s *TagService) Release(ctx context.Context, entity string) error {
	if !s.tags.Own(entity) {
		return fault.NewConflict("这个评价对象用的就是全国统一标签")
	}
	return s.all(ctx, entity, "改回全国统一标签", "tags.release", func(int) []Choice { return nil })
}

func (s *TagService) all(ctx context.Context, entity, note, action string, choices func(stars int) []Choice) error {
	if entity == "" {
		return fault.NewMissing("没有这个评价对象")
	}
	var versions []TagVersion
	for stars := 5; stars >= 1; stars-- {
		before, err := s.Versions(ctx, entity, stars)
		if err != nil {
			return err
		}
		next := 1
		if len(before) > 0 {
			next = before[0].Version + 1
		}
		versions = append(versions, TagVersion{Entity: entity, Stars: stars, Version: next, Choices: choices(stars), Note: note})
	}
	return s.add(ctx, versions, action)
}

func (s *TagService) add(ctx context.Context, versions []TagVersion, action string) error {
	err := s.store.AddTagVersions(ctx, versions, action)
	switch {
	case errors.Is(err, ErrStale):
		return fault.NewConflict("您修改期间，另有人保存了新的版本，您的修改没有保存。请返回看过现在的标签，再改一次")
	case errors.Is(err, ErrTagTaken):
		return fault.NewConflict("有一个编号刚刚被别的标签用了，没有保存。请再试一次")
	case err != nil:
		return fmt.Errorf("save tags: %w", err)
	}
	return s.reload(ctx)
}
