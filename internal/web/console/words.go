package console

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/moderation"
)

const wordsPath = "/console/words"

// wordsHint says how a list is written.
const wordsHint = "一行一个词，2到20个字，最多10000个；词后空一格写“遮盖”的只需遮盖，其余的由人审核后才公开；# 之后是说明"

// wordListRow is a version of the list.
type wordListRow struct {
	moderation.WordList
	Link string
}

type wordsPage struct {
	Frame
	Lists []wordListRow
	May   bool // change
}

func wordListLink(version int) string { return wordsPath + "/version?n=" + strconv.Itoa(version) }

// listWords is GET /console/words.
func (h *Handler) listWords(w http.ResponseWriter, r *http.Request) error {
	lists, err := h.Moderation.Words(r.Context())
	if err != nil {
		return err
	}
	page := wordsPage{Frame: h.frame(w, r, "词表"), May: staff(r).May(identity.ChangeWords)}
	name := h.staffNames(r.Context())
	for _, l := range lists {
		l.Actor = name(l.Actor)
		page.Lists = append(page.Lists, wordListRow{l, wordListLink(l.Version)})
	}
	return h.write(w, http.StatusOK, "words", page)
}

type wordListPage struct {
	Frame
	wordListRow
	May bool
}

// wordList finds the version that is asked for as n.
func (h *Handler) wordList(r *http.Request) (moderation.WordList, error) {
	version, err := small(r.FormValue("n"))
	if err != nil {
		return moderation.WordList{}, missing()
	}
	lists, err := h.Moderation.Words(r.Context())
	if err != nil {
		return moderation.WordList{}, err
	}
	found, err := h.Moderation.WordList(r.Context(), version)
	for _, l := range lists {
		found.Active = found.Active || l.Version == version && l.Active
	}
	return found, err
}

// showWords is GET /console/words/version?n=.
func (h *Handler) showWords(w http.ResponseWriter, r *http.Request) error {
	list, err := h.wordList(r)
	if err != nil {
		return err
	}
	list.Actor = h.staffName(r.Context(), list.Actor)
	page := wordListPage{h.frame(w, r, "词表版本 "+strconv.Itoa(list.Version)), wordListRow{list, wordListLink(list.Version)}, staff(r).May(identity.ChangeWords)}
	return h.write(w, http.StatusOK, "word-list", page)
}

// exportWords is GET /console/words/export?n=: the words of a version, a line each.
func (h *Handler) exportWords(w http.ResponseWriter, r *http.Request) error {
	list, err := h.wordList(r)
	if err != nil {
		return err
	}
	return h.export(w, r, "词表版本"+strconv.Itoa(list.Version), []string{"词", "处理", "说明"}, func(yield func([]string) error) error {
		for line := range strings.Lines(list.Text) {
			said, note, _ := strings.Cut(line, "#")
			word, what := strings.Fields(said), "人工审核"
			if last := len(word) - 1; last > 0 && word[last] == "遮盖" {
				word, what = word[:last], "遮盖"
			}
			if len(word) == 0 {
				continue
			}
			if err := yield([]string{strings.Join(word, " "), what, strings.TrimSpace(note)}); err != nil {
				return err
			}
		}
		return nil
	})
}

// newWords is GET /console/words/new: a new version begins as the one that counts.
func (h *Handler) newWords(w http.ResponseWriter, r *http.Request) error {
	lists, err := h.Moderation.Words(r.Context())
	if err != nil {
		return err
	}
	text := ""
	for _, l := range lists {
		if l.Active {
			list, err := h.Moderation.WordList(r.Context(), l.Version)
			if err != nil {
				return err
			}
			text = list.Text
		}
	}
	return h.drawWords(w, r, text, "", nil)
}

func (h *Handler) drawWords(w http.ResponseWriter, r *http.Request, words, note string, err error) error {
	form := newForm(wordsPath+"/new", "保存为新版本", err,
		Input{Name: "words", Label: "词", Hint: wordsHint, Kind: AreaInput, Value: words, Most: moderation.MaxListBytes, Required: true},
		Input{Name: "note", Label: "说明", Hint: "这一版改了什么，最多100字", Value: note, Most: 100},
	)
	form.Cancel = wordsPath
	return h.write(w, form.status(), "form-page", formPage{h.frame(w, r, "新的词表版本"), form, "保存后不会马上使用：查看无误后再启用。已有的版本不会改变。"})
}

// mostWords is the most bytes of a list's form: a Chinese character takes nine when a browser sends it.
const mostWords = 3*moderation.MaxListBytes + maxForm

// saveWords is POST /console/words/new.
func (h *Handler) saveWords(w http.ResponseWriter, r *http.Request) error {
	words, note := r.PostFormValue("words"), r.PostFormValue("note")
	version, err := h.Moderation.NewVersion(r.Context(), staff(r).Login, words, note)
	if err != nil {
		if !isFault(err) {
			return err
		}
		return h.drawWords(w, r, words, note, err)
	}
	return h.done(w, r, wordListLink(version), "已保存为版本"+strconv.Itoa(version)+"，还没有启用。")
}

// activateWords is POST /console/words/activate.
func (h *Handler) activateWords(w http.ResponseWriter, r *http.Request) error {
	list, err := h.wordList(r)
	if err != nil {
		return err
	}
	name := "版本" + strconv.Itoa(list.Version)
	if !sure(r) {
		return h.confirm(w, r, Confirmation{
			Title: "启用词表" + name, Send: "启用" + name, Cancel: wordListLink(list.Version),
			Happens: []string{"从现在起收到的评价内容按这一版检查", "正在等待审核的重新检查一遍：不再含有词表中的词的自动公开", "已经公开的和人已经决定的不变"},
		})
	}
	if err := h.Moderation.Activate(r.Context(), list.Version); err != nil {
		return err
	}
	return h.done(w, r, wordsPath, strings.Join([]string{"已启用", name, "。"}, ""))
}
