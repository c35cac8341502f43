package console

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/identity"
)

const tagsPath = "/console/tags"

// tagRoutes are 评价标签. Which set it is stands in of= (an evaluation object, empty for all without their own) and stars=.
func (h *Handler) tagRoutes() []route {
	const get, post = http.MethodGet, http.MethodPost
	return []route{
		{method: get, pattern: tagsPath, action: identity.SeeTags, do: h.listTags},
		{method: get, pattern: tagsPath + "/export", action: identity.Export, do: h.exportTags},
		{method: get, pattern: tagsPath + "/set", action: identity.SeeTags, do: h.showTagSet},
		{method: get, pattern: tagsPath + "/preview", action: identity.SeeTags, do: h.previewTags},
		{method: post, pattern: tagsPath + "/preview", action: identity.SeeTags, do: h.previewTags},
		{method: get, pattern: tagsPath + "/change", action: identity.ChangeTags, do: h.editTags},
		{method: post, pattern: tagsPath + "/change", action: identity.ChangeTags, do: h.saveTags},
		{method: post, pattern: tagsPath + "/own", action: identity.ChangeTags, do: h.ownTags},
	}
}

// nationalName is what the set of all evaluation objects without their own is called.
const nationalName = "全国统一标签"

type tagSetRow struct {
	Entity, Name string
	Own          bool
	Sets         []tagSetLink
}

type tagSetLink struct {
	Stars, Tags, Core int
	Address           string
}

type tagsPage struct {
	Frame
	Rows      []tagSetRow
	Stars     []int
	CSV, XLSX string
	MayChange bool
}

// tagAddress is an address about a set.
func tagAddress(page, entity string, stars int) string {
	query := url.Values{"stars": {strconv.Itoa(stars)}}
	set(query, "of", entity)
	return tagsPath + page + "?" + query.Encode()
}

// listTags is GET /console/tags: every evaluation object with its sets.
func (h *Handler) listTags(w http.ResponseWriter, r *http.Request) error {
	page := tagsPage{Frame: h.frame(w, r, "评价标签"), Stars: []int{5, 4, 3, 2, 1}, MayChange: staff(r).May(identity.ChangeTags)}
	if staff(r).May(identity.Export) {
		page.CSV, page.XLSX = tagsPath+"/export?format=csv", tagsPath+"/export?format=xlsx"
	}
	entities := append([]catalog.Entity{{Name: nationalName}}, h.Tags.Entities().All()...)
	for _, entity := range entities {
		row := tagSetRow{Entity: entity.Code, Name: entity.Name, Own: h.Tags.Tags().Own(entity.Code)}
		for _, stars := range page.Stars {
			link := tagSetLink{Stars: stars, Address: tagAddress("/set", entity.Code, stars)}
			for _, c := range h.Tags.Choices(entity.Code, stars) {
				link.Tags++
				if c.Core {
					link.Core++
				}
			}
			row.Sets = append(row.Sets, link)
		}
		page.Rows = append(page.Rows, row)
	}
	return h.write(w, http.StatusOK, "tags", page)
}

// exportTags is GET /console/tags/export?format=.
func (h *Handler) exportTags(w http.ResponseWriter, r *http.Request) error {
	columns := []string{"评价对象", "评价对象编码", "星级", "顺序", "编号", "标签", "核心", "状态"}
	return h.export(w, r, "评价标签", columns, func(yield func([]string) error) error {
		for _, entity := range append([]catalog.Entity{{Name: nationalName}}, h.Tags.Entities().All()...) {
			if entity.Code != "" && !h.Tags.Tags().Own(entity.Code) {
				continue
			}
			for stars := 5; stars >= 1; stars-- {
				for n, c := range h.Tags.Choices(entity.Code, stars) {
					core := "否"
					if c.Core {
						core = "是"
					}
					if err := yield([]string{entity.Name, entity.Code, strconv.Itoa(stars), strconv.Itoa(n + 1), c.ID, c.Name, core, "使用中"}); err != nil {
						return err
					}
				}
				for _, tag := range h.Tags.Tags().Retired(entity.Code, stars) {
					if err := yield([]string{entity.Name, entity.Code, strconv.Itoa(stars), "", tag.ID, tag.Name, "", "已停用"}); err != nil {
						return err
					}
				}
			}
		}
		return nil
	})
}

// tagSet is which set an address is about.
type tagSet struct {
	Entity, EntityName string
	Stars              int
	Word               string
	Own                bool // the evaluation object has its own; the set of all others is its own, too
}

// Address is a page about the set.
func (s *tagSet) Address(page string) string { return tagAddress(page, s.Entity, s.Stars) }

// Title names the set.
func (s *tagSet) Title() string { return s.EntityName + " · " + s.Word }

// setOf reads which set an address is about; without one it is that of five stars of all.
func (h *Handler) setOf(r *http.Request) (*tagSet, error) { return h.setIn(r.URL.Query()) }

// setIn is setOf for values from anywhere.
func (h *Handler) setIn(query url.Values) (*tagSet, error) {
	s := &tagSet{Entity: query.Get("of"), EntityName: nationalName, Stars: 5}
	if text := query.Get("stars"); text != "" {
		stars, err := small(text)
		if err != nil || stars < 1 || stars > 5 {
			return nil, fault.NewMissing("没有这个星级的标签")
		}
		s.Stars = stars
	}
	if s.Entity != "" {
		if !h.Tags.Entities().Known(s.Entity) {
			return nil, fault.NewMissing("没有这个评价对象")
		}
		s.EntityName = h.Tags.Entities().Name(s.Entity)
	}
	s.Word = catalog.StarName(s.Stars)
	s.Own = s.Entity == "" || h.Tags.Tags().Own(s.Entity)
	return s, nil
}

type versionRow struct {
	catalog.TagVersion
	Changes []string
	Again   string // address of the form with what it held; empty for the one that counts
}

type placedTag struct {
	Place int
	catalog.Choice
}

type tagSetPage struct {
	Frame
	*tagSet
	Choices   []placedTag
	Retired   []catalog.Tag
	Versions  []versionRow
	Others    []tagSetLink
	MayChange bool
}

// showTagSet is GET /console/tags/set: what counts, and how it came to be so.
func (h *Handler) showTagSet(w http.ResponseWriter, r *http.Request) error {
	s, err := h.setOf(r)
	if err != nil {
		return err
	}
	versions, err := h.Tags.Versions(r.Context(), s.Entity, s.Stars)
	if err != nil {
		return err
	}
	page := tagSetPage{
		Frame: h.frame(w, r, s.Title()), tagSet: s, MayChange: staff(r).May(identity.ChangeTags),
	}
	for n, c := range h.Tags.Choices(s.Entity, s.Stars) {
		page.Choices = append(page.Choices, placedTag{n + 1, c})
	}
	if s.Own {
		page.Retired = h.Tags.Tags().Retired(s.Entity, s.Stars)
	}
	for stars := 5; stars >= 1; stars-- {
		page.Others = append(page.Others, tagSetLink{Stars: stars, Address: tagAddress("/set", s.Entity, stars)})
	}
	name := h.staffNames(r.Context())
	for i, v := range versions {
		v.Actor = name(v.Actor)
		row := versionRow{TagVersion: v}
		if i+1 < len(versions) {
			row.Changes = changesOf(versions[i+1].Choices, v.Choices)
		}
		if i > 0 && page.MayChange && s.Own && len(v.Choices) > 0 {
			row.Again = s.Address("/change") + "&from=" + strconv.Itoa(v.Version)
		}
		page.Versions = append(page.Versions, row)
	}
	return h.write(w, http.StatusOK, "tag-set", page)
}

// changesOf says in words what differs between two versions.
func changesOf(was, is []catalog.Choice) (changes []string) {
	before := map[string]catalog.Choice{}
	var kept, order []string
	for _, c := range was {
		before[c.ID] = c
	}
	for _, c := range is {
		b, there := before[c.ID]
		switch {
		case !there:
			changes = append(changes, "新增 "+c.ID+" "+c.Name)
		case b.Core != c.Core && c.Core:
			changes = append(changes, "改为核心 "+c.ID+" "+c.Name)
		case b.Core != c.Core:
			changes = append(changes, "改为“更多” "+c.ID+" "+c.Name)
		}
		if there {
			order = append(order, c.ID)
			delete(before, c.ID)
		}
	}
	for _, c := range was {
		if _, gone := before[c.ID]; gone {
			changes = append(changes, "停用 "+c.ID+" "+c.Name)
		} else {
			kept = append(kept, c.ID)
		}
	}
	if strings.Join(kept, " ") != strings.Join(order, " ") {
		changes = append(changes, "调整了顺序")
	}
	return changes
}

// ownTags is POST /console/tags/own: to=own gives an evaluation object tags of its own, to=national takes them back.
func (h *Handler) ownTags(w http.ResponseWriter, r *http.Request) error {
	s, err := h.setIn(url.Values{"of": {r.PostFormValue("of")}, "stars": {r.PostFormValue("stars")}})
	if err != nil {
		return err
	}
	back := s.Address("/set")
	if r.PostFormValue("to") == "national" {
		if !sure(r) {
			return h.confirm(w, r, Confirmation{
				Title: "改回" + nationalName, Send: "改回" + nationalName, Cancel: back, Danger: true,
				Happens: []string{s.EntityName + "五个星级的标签都换成" + nationalName, "现在的标签停用，以前的评价和统计不变，版本记录保留"},
			})
		}
		if err := h.Tags.Release(r.Context(), s.Entity); err != nil {
			return err
		}
		return h.done(w, r, back, "已改回"+nationalName+"。")
	}
	if !sure(r) {
		return h.confirm(w, r, Confirmation{
			Title: "为" + s.EntityName + "单独设置标签", Send: "单独设置", Cancel: back,
			Happens: []string{"从" + nationalName + "复制一份，五个星级都有，以后单独修改", "以后" + nationalName + "的修改不再影响" + s.EntityName},
		})
	}
	if err := h.Tags.Adopt(r.Context(), s.Entity); err != nil {
		return err
	}
	return h.done(w, r, back, "已单独设置，现在可以修改。")
}
