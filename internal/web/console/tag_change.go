package console

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/fault"
)

// emptyRows is how many rows for new tags a form offers.
const emptyRows = 3

// tagInput is a row of the form: a tag that is offered, one that was, or room for a new one.
type tagInput struct {
	N        int // its place in the form, from 0
	Place    string
	ID, Name string
	Core     bool
	Offered  bool
	Known    bool // it has its id and name for ever
	IDFault  string
	Fault    string
}

type tagFormPage struct {
	Frame
	*tagSet
	Rows     []tagInput
	Seen     int
	Note     string
	Problem  string
	NoteWord string // what is wrong with the note
	Checked  bool   // nothing is wrong: it says what will change
	Changes  []string
	Most     int
}

// draftOf reads the rows of a form, in the order of the places that were written.
func (h *Handler) draftOf(r *http.Request) (rows []tagInput) {
	for n := range catalog.MaxTags * 3 {
		at := "." + strconv.Itoa(n)
		if !r.PostForm.Has("place" + at) {
			break
		}
		row := tagInput{
			Place: strings.TrimSpace(r.PostFormValue("place" + at)), ID: strings.TrimSpace(r.PostFormValue("id" + at)),
			Name: strings.TrimSpace(r.PostFormValue("name" + at)), Core: r.PostFormValue("core"+at) != "", Offered: r.PostFormValue("on"+at) != "",
		}
		if known, there := h.Tags.Tags().Find(row.ID); there && row.ID != "" {
			row.Known = row.Name == "" || row.Name == known.Name
			row.Name = cmp.Or(row.Name, known.Name)
		}
		if !row.Known && row.ID+row.Name == "" {
			continue // room that was left empty
		}
		rows = append(rows, row)
	}
	slices.SortStableFunc(rows, func(a, b tagInput) int { return cmp.Compare(placeNumber(a.Place), placeNumber(b.Place)) })
	return rows
}

// placeNumber is where a row goes; what is no number goes last.
func placeNumber(text string) int {
	n, err := small(text)
	if err != nil || n < 0 {
		return 1 << 30
	}
	return n
}

// choices are the rows that are offered, and where each stands among the rows.
func choices(rows []tagInput) (offered []catalog.Choice, at []int) {
	for n, row := range rows {
		if row.Offered {
			offered, at = append(offered, catalog.Choice{ID: row.ID, Name: row.Name, Core: row.Core}), append(at, n)
		}
	}
	return offered, at
}

// editTags is GET /console/tags/change; from= begins with an older version.
func (h *Handler) editTags(w http.ResponseWriter, r *http.Request) error {
	s, err := h.setOf(r)
	if err != nil {
		return err
	}
	if !s.Own {
		return fault.NewConflict("这个评价对象用的是" + nationalName + "，请先单独设置")
	}
	versions, err := h.Tags.Versions(r.Context(), s.Entity, s.Stars)
	if err != nil {
		return err
	}
	page := tagFormPage{tagSet: s}
	offered := h.Tags.Choices(s.Entity, s.Stars)
	if len(versions) > 0 {
		page.Seen = versions[0].Version
	}
	if from := r.URL.Query().Get("from"); from != "" {
		i := slices.IndexFunc(versions, func(v catalog.TagVersion) bool { return strconv.Itoa(v.Version) == from })
		if i < 0 {
			return fault.NewMissing("没有这个版本")
		}
		offered, page.Note = versions[i].Choices, "恢复第"+from+"版"
	}
	var rows []tagInput
	for _, c := range offered {
		rows = append(rows, tagInput{ID: c.ID, Name: c.Name, Core: c.Core, Offered: true, Known: true})
	}
	return h.drawTagForm(w, r, page, rows, nil)
}

// drawTagForm draws the form: what is in rows, what could be offered again, and room for new ones.
func (h *Handler) drawTagForm(w http.ResponseWriter, r *http.Request, page tagFormPage, rows []tagInput, err error) error {
	in := map[string]bool{}
	for _, row := range rows {
		in[row.ID] = true
	}
	again := func(id, name string) {
		if !in[id] {
			in[id] = true
			rows = append(rows, tagInput{ID: id, Name: name, Known: true})
		}
	}
	for _, c := range h.Tags.Choices(page.Entity, page.Stars) {
		again(c.ID, c.Name)
	}
	for _, tag := range h.Tags.Tags().Retired(page.Entity, page.Stars) {
		again(tag.ID, tag.Name)
	}
	for range emptyRows {
		rows = append(rows, tagInput{Offered: true})
	}
	place := 0
	for n := range rows {
		rows[n].N = n
		if rows[n].Place = ""; rows[n].Offered && (rows[n].Name != "" || rows[n].ID != "") {
			place++
			rows[n].Place = strconv.Itoa(place)
		}
	}
	page.Rows, page.Most = rows, catalog.MaxTagName
	page.Frame = h.frame(w, r, "修改标签")
	status := http.StatusOK
	var f *fault.Error
	if errors.As(err, &f) {
		status, _ = statusOf(f.Kind)
		if page.Problem == "" && len(f.Violations) == 0 {
			page.Problem = sentence(f)
		}
		for _, v := range f.Violations {
			switch v.Field {
			case "tags":
				page.Problem += v.Reason + "。"
			case "note":
				page.NoteWord = v.Reason
			}
		}
	}
	return h.write(w, status, "tag-form", page)
}

// place puts violations at their rows.
func placeFaults(rows []tagInput, at []int, err error) {
	var f *fault.Error
	if !errors.As(err, &f) {
		return
	}
	for _, v := range f.Violations {
		field, text, _ := strings.Cut(v.Field, ".")
		n, err := small(text)
		if err != nil || n >= len(at) {
			continue
		}
		if row := &rows[at[n]]; field == "id" {
			row.IDFault = v.Reason
		} else {
			row.Fault = v.Reason
		}
	}
}

// saveTags is POST /console/tags/change: first it says what will change, then it saves.
func (h *Handler) saveTags(w http.ResponseWriter, r *http.Request) error {
	s, err := h.setOf(r)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return fault.NewInvalidPage("提交的内容无法识别，请回到原来的页面重新操作")
	}
	page := tagFormPage{tagSet: s, Note: r.PostFormValue("note")}
	page.Seen, _ = small(r.PostFormValue("seen")) // what is none was seen by nobody, and is refused as stale
	rows := h.draftOf(r)
	offered, at := choices(rows)
	ready, err := h.Tags.Prepare(s.Entity, s.Stars, offered)
	if err == nil && sure(r) {
		var v catalog.TagVersion
		if v, err = h.Tags.Save(r.Context(), s.Entity, s.Stars, page.Seen, offered, page.Note); err == nil {
			return h.done(w, r, s.Address("/set"), "已保存为第"+strconv.Itoa(v.Version)+"版，十秒内在所有页面和接口生效。")
		}
	}
	if err != nil {
		if !isFault(err) {
			return err
		}
		placeFaults(rows, at, err)
		return h.drawTagForm(w, r, page, rows, err)
	}
	page.Changes = changesOf(h.Tags.Choices(s.Entity, s.Stars), ready)
	if len(page.Changes) == 0 {
		page.Problem = "没有改动，不需要保存。"
		return h.drawTagForm(w, r, page, rows, nil)
	}
	page.Checked = true
	return h.drawTagForm(w, r, page, rows, nil)
}
