package citizen

import (
	"html/template"
	"net/http"
	"slices"

	"github.com/haochaping/haochaping/internal/web/view"
)

// level is one star with its word and its tags, drawn.
type level struct {
	Stars int
	Word  string
	Parts []string // of the word, between which a line may break
	Tags  template.HTML
}

// tagList are the tags of one star, core ones first.
type tagList struct {
	Stars      int
	Core, More []chip
	Open       bool // something is ticked among More
}

type chip struct {
	ID, Name string
	Ticked   bool
}

// untouched names the drawn tags of one star of which none is ticked: most of what a rating page is, and the same for
// everybody.
type untouched struct {
	language view.Language
	entity   string
	stars    int
	version  uint64 // of the tags
}

// levels are the five stars with their tags.
func (h *Handler) levels(r *http.Request, entity string, f form) ([]level, error) {
	lang := language(r)
	words := view.StarWords(lang)
	levels := make([]level, len(words))
	for i, word := range words {
		levels[i] = level{Stars: i + 1, Word: word, Parts: view.WordParts(word)}
		var ticked []string
		if f.stars == i+1 {
			ticked = f.tags
		}
		var err error
		if levels[i].Tags, err = h.tagsOf(lang, entity, i+1, ticked); err != nil {
			return nil, err
		}
	}
	return levels, nil
}

func (h *Handler) tagsOf(lang view.Language, entity string, stars int, ticked []string) (template.HTML, error) {
	key := untouched{lang, entity, stars, h.Tags.Version()}
	if drawn, ok := h.drawn.Load(key); ok && len(ticked) == 0 {
		return drawn.(template.HTML), nil
	}
	list := tagList{Stars: stars}
	for _, tag := range h.Tags.For(entity, stars) {
		c := chip{tag.ID, view.TagName(lang, tag.ID, tag.Name), slices.Contains(ticked, tag.ID)}
		if tag.Core {
			list.Core = append(list.Core, c)
		} else {
			list.More = append(list.More, c)
			list.Open = list.Open || c.Ticked
		}
	}
	drawn, err := h.pages.Fragment(lang, "tags", list)
	if err == nil && len(ticked) == 0 {
		h.drawn.Range(func(old, _ any) bool { // what older tags were drawn for is of no use any more
			if old.(untouched).version != key.version {
				h.drawn.Delete(old)
			}
			return true
		})
		h.drawn.Store(key, drawn)
	}
	return drawn, err
}
