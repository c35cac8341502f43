package catalog

import (
	"cmp"
	_ "embed"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Tag is something a citizen can tick once he has chosen his stars. A tag is retired, never deleted or reworded.
type Tag struct {
	ID      string
	Entity  string // the evaluation object it is for; empty: every one that has none of its own
	Stars   int
	Name    string
	Core    bool // shown first
	Retired bool
	// Position orders those of one evaluation object and star, core ones first all the same; then ids do.
	Position int
}

//go:embed data/tags.tsv
var national string

// National is the national set of tags (domain.md 6), by star, core ones first.
var National = sync.OnceValue(func() []Tag {
	var tags []Tag
	for line := range strings.Lines(national) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		tags = append(tags, Tag{ID: fields[0], Stars: int(fields[0][0] - '0'), Core: fields[1] == "core", Name: fields[2]})
	}
	return tags
})

// Tags is the registry's list of tags, for many readers.
type Tags struct {
	current atomic.Pointer[tagIndex]
	version atomic.Uint64
}

// Version grows with every Replace: what was made of older tags may be old.
func (t *Tags) Version() uint64 { return t.version.Load() }

type tagIndex struct {
	byEntity map[string][]Tag // active ones
	names    map[string]string
	all      map[string]Tag   // by id, one of each
	retired  map[string][]Tag // by entity
}

// NewTags makes a registry of these.
func NewTags(tags []Tag) *Tags {
	t := &Tags{}
	t.Replace(tags)
	return t
}

// Replace makes the registry these.
func (t *Tags) Replace(tags []Tag) {
	index := &tagIndex{map[string][]Tag{}, map[string]string{}, map[string]Tag{}, map[string][]Tag{}}
	for _, tag := range tags {
		index.names[tag.ID] = tag.Name
		index.all[tag.ID] = tag
		if !tag.Retired {
			index.byEntity[tag.Entity] = append(index.byEntity[tag.Entity], tag)
			continue
		}
		index.retired[tag.Entity] = append(index.retired[tag.Entity], tag)
	}
	for _, list := range index.byEntity {
		slices.SortFunc(list, func(a, b Tag) int {
			return cmp.Or(cmp.Compare(b.Stars, a.Stars), cmp.Compare(rank(a), rank(b)),
				cmp.Compare(a.Position, b.Position), cmp.Compare(a.ID, b.ID))
		})
	}
	t.current.Store(index)
	t.version.Add(1)
}

func rank(tag Tag) int {
	if tag.Core {
		return 0
	}
	return 1
}

// For are the tags an evaluation object offers for a number of stars (0 is every), best stars first, core ones first.
func (t *Tags) For(entity string, stars int) []Tag {
	var offered []Tag
	for _, tag := range t.of(entity) {
		if stars == 0 || tag.Stars == stars {
			tag.Entity = entity
			offered = append(offered, tag)
		}
	}
	return offered
}

// Valid says whether a tag can be ticked for that evaluation object and number of stars.
func (t *Tags) Valid(id, entity string, stars int) bool {
	return slices.ContainsFunc(t.of(entity), func(tag Tag) bool { return tag.ID == id && tag.Stars == stars })
}

// of are an evaluation object's own tags, or the national ones when it has none.
func (t *Tags) of(entity string) []Tag {
	index := t.current.Load()
	if own := index.byEntity[entity]; len(own) > 0 {
		return own
	}
	return index.byEntity[""]
}

// Own says whether an evaluation object has tags of its own.
func (t *Tags) Own(entity string) bool {
	return entity != "" && len(t.current.Load().byEntity[entity]) > 0
}

// Find finds a tag by its id, a retired one, too: its name and stars are the same wherever it is offered.
func (t *Tags) Find(id string) (Tag, bool) {
	tag, known := t.current.Load().all[id]
	return tag, known
}

// Called is the id of a tag of a number of stars by its name, a retired one's, too; empty when there is none.
// Of several it is the first.
func (t *Tags) Called(name string, stars int) (id string) {
	for other, tag := range t.current.Load().all {
		if tag.Name == name && tag.Stars == stars && (id == "" || other < id) {
			id = other
		}
	}
	return id
}

// Retired are the tags of a number of stars that an evaluation object (empty: every one without its own) had and has no more.
func (t *Tags) Retired(entity string, stars int) (retired []Tag) {
	for _, tag := range t.current.Load().retired[entity] {
		if tag.Stars == stars {
			retired = append(retired, tag)
		}
	}
	return retired
}

// Name is the text of a tag, a retired one's included; its id when there is none.
func (t *Tags) Name(id string) string {
	return cmp.Or(t.current.Load().names[id], id)
}
