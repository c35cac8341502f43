package console

import (
	"html/template"
	"net/http"

	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/web/view"
)

// previewPage is the citizen's rating page, as its template wants it.
type previewPage struct {
	view.Frame
	Problem                    struct{ Text, Field string }
	Kept                       bool
	Place, Officer, What, Done string
	Action, Question           string
	Stars                      int
	Levels                     []previewLevel
	Remark                     string
}

type previewLevel struct {
	Stars int
	Word  string
	Parts []string
	Tags  template.HTML
}

type previewTags struct {
	Stars      int
	Core, More []previewChip
	Open       bool
}

type previewChip struct {
	ID, Name string
	Ticked   bool
}

// previewTags is GET and POST /console/tags/preview: the page as citizens see it, with what counts now, or with what is in the
// form that was sent. Nothing that is chosen there is stored.
func (h *Handler) previewTags(w http.ResponseWriter, r *http.Request) error {
	s, err := h.setOf(r)
	if err != nil {
		return err
	}
	draft := map[int][]catalog.Choice{}
	if r.Method == http.MethodPost {
		if err := r.ParseForm(); err != nil {
			return fault.NewInvalidPage("提交的内容无法识别，请回到原来的页面重新操作")
		}
		if r.PostForm.Has("stars") { // the preview's own button
			h.plain(w, r, http.StatusOK, "这是预览", "刚才的评价没有提交，也不会保存。请关闭这个页面，回到标签的修改页。")
			return nil
		}
		offered, _ := choices(h.draftOf(r))
		if draft[s.Stars], err = h.Tags.Prepare(s.Entity, s.Stars, offered); err != nil {
			return err
		}
	}
	pages, err := view.NewPages()
	if err != nil {
		return err
	}
	page := previewPage{
		Frame: view.Frame{Title: "预览", Test: h.Test, Here: "/"}, Place: "预览 · 在这里提交不会保存", What: s.EntityName, Question: "您对本次服务满意吗？",
		Action: s.Address("/preview"), Stars: s.Stars,
	}
	for i, word := range view.StarWords(view.Chinese) {
		level := previewLevel{Stars: i + 1, Word: word, Parts: view.WordParts(word)}
		offered, drafted := draft[i+1]
		if !drafted {
			offered = h.Tags.Choices(s.Entity, i+1)
		}
		list := previewTags{Stars: i + 1}
		for _, c := range offered {
			if c.Core {
				list.Core = append(list.Core, previewChip{ID: c.ID, Name: c.Name})
			} else {
				list.More = append(list.More, previewChip{ID: c.ID, Name: c.Name})
			}
		}
		if level.Tags, err = pages.Fragment(view.Chinese, "tags", list); err != nil {
			return err
		}
		page.Levels = append(page.Levels, level)
	}
	return pages.Write(w, http.StatusOK, view.Chinese, "rate", page)
}
