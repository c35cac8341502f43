package console

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/haochaping/haochaping/internal/erasure"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/web/view"
)

const erasuresPath = "/console/erasures"

func (h *Handler) erasureRoutes() []route {
	const get, post = http.MethodGet, http.MethodPost
	return []route{
		{method: get, pattern: erasuresPath, action: identity.SeeErasures, do: h.listErasures},
		{method: get, pattern: erasuresPath + "/export", action: identity.SeeErasures, do: h.exportErasures}, // who sees them may export, too
		{method: get, pattern: erasuresPath + "/new", action: identity.Erase, do: h.newErasure},
		{method: post, pattern: erasuresPath + "/new", action: identity.Erase, do: h.askErasure},
		{method: get, pattern: erasuresPath + "/of/{erasure}", action: identity.SeeErasures, do: h.showErasure},
		{method: post, pattern: erasuresPath + "/of/{erasure}/erase", action: identity.Erase, do: h.confirmErasure},
		{method: post, pattern: erasuresPath + "/of/{erasure}/drop", action: identity.Erase, do: h.dropErasure},
	}
}

var erasureStates = map[erasure.State]string{
	erasure.Searching: "正在查找", erasure.Found: "待确认", erasure.Erasing: "正在删除", erasure.Done: "已删除", erasure.Dropped: "已放弃",
	erasure.Aside: "号码无法读取，已搁置",
}

var erasureKinds = []Choice{{string(erasure.Certificate), "证件号码"}, {string(erasure.Phone), "电话号码"}}

// erasureRow is a request as the pages show it: how many, never about whom.
type erasureRow struct{ erasure.Request }

// StateWords is how far it is.
func (r erasureRow) StateWords() string {
	words := erasureStates[r.State]
	if r.State == erasure.Found && r.Total() == 0 {
		words = "没有找到记录"
	}
	if r.Unread > 0 {
		words += fmt.Sprintf("，另有%d条记录无法读取", r.Unread)
	}
	return words
}

// KindWords is by what was searched.
func (r erasureRow) KindWords() string { return wordsIn(erasureKinds, string(r.Kind)) }

// Link is its page.
func (r erasureRow) Link() string { return erasuresPath + "/of/" + r.ID }

// Going says whether it goes on by itself.
func (r erasureRow) Going() bool { return r.State == erasure.Searching }

// Aside says whether its number can't be read.
func (r erasureRow) Aside() bool { return r.State == erasure.Aside }

// Counted says whether its numbers are final.
func (r erasureRow) Counted() bool { return !r.Going() && !r.Aside() }

// ErasuresWaiting counts requests to be forgotten that a person has to decide about, for 首页: in seven days they lapse.
type ErasuresWaiting struct{ Erasures *erasure.Service }

// Waiting implements Waiting.
func (e ErasuresWaiting) Waiting(ctx context.Context, of *identity.Staff) ([]Wait, error) {
	if !of.May(identity.Erase) {
		return nil, nil
	}
	found, err := e.Erasures.List(ctx, "", exportPiece)
	n := int64(0)
	for i := range found {
		if found[i].State == erasure.Found || found[i].State == erasure.Aside {
			n++
		}
	}
	if err != nil || n == 0 {
		return nil, err
	}
	return []Wait{{Label: "个人信息删除待确认", Count: n, Link: erasuresPath, Urgency: Soon}}, nil
}

type erasuresPage struct {
	Frame
	List
	Erasures []erasureRow
	Keep     string
	May      bool
}

// listErasures is GET /console/erasures.
func (h *Handler) listErasures(w http.ResponseWriter, r *http.Request) error {
	pager := readPager(r)
	found, err := h.Erasures.List(r.Context(), pager.After, PageSize+1)
	if err != nil {
		return err
	}
	found, next := more(found, func(r *erasure.Request) string { return r.ID })
	page := erasuresPage{
		Frame: h.frame(w, r, "个人信息删除"), May: staff(r).May(identity.Erase), Keep: "一直保存，不按时间删除",
		List: newList(erasuresPath, readFilters(r), pager, len(found), next, "还没有人申请过。"),
	}
	if months := h.Erasures.Months(); months > 0 {
		page.Keep = fmt.Sprintf("保存%d个月，到期自动删除", months)
	}
	page.exports(erasuresPath + "/export")
	name := h.staffNames(r.Context())
	for i := range found {
		found[i].Login = name(found[i].Login)
		page.Erasures = append(page.Erasures, erasureRow{found[i]})
	}
	return h.write(w, http.StatusOK, "erasures", page)
}

// exportErasures is GET /console/erasures/export: as on the page, never about whom.
func (h *Handler) exportErasures(w http.ResponseWriter, r *http.Request) error {
	columns := []string{"申请时间", "按什么查找", "依据", "状态", "评价", "办件", "未收记录", "工单", "录入账号", "结束时间"}
	return h.export(w, r, "个人信息删除", columns, func(yield func([]string) error) error {
		for before := ""; ; {
			found, err := h.Erasures.List(r.Context(), before, exportPiece)
			if err != nil || len(found) == 0 {
				return err
			}
			for i := range found {
				row := erasureRow{found[i]}
				err := yield([]string{
					view.Moment(row.At), row.KindWords(), row.Reason, row.StateWords(), strconv.Itoa(row.Reviews), strconv.Itoa(row.Affairs),
					strconv.Itoa(row.Rejected), strconv.Itoa(row.Cases), row.Login, view.Moment(row.Ended),
				})
				if err != nil {
					return err
				}
			}
			before = found[len(found)-1].ID
		}
	})
}

// newErasure is GET /console/erasures/new.
func (h *Handler) newErasure(w http.ResponseWriter, r *http.Request) error {
	return h.drawErasure(w, r, nil)
}

func (h *Handler) drawErasure(w http.ResponseWriter, r *http.Request, err error) error {
	form := newForm(erasuresPath+"/new", "开始查找", err,
		Input{Name: "kind", Label: "按什么查找", Kind: SelectInput, Choices: erasureKinds, Value: r.PostFormValue("kind"), Required: true},
		Input{Name: "number", Label: "号码", Hint: "完整的号码，须先核实申请人就是本人；只在查找期间加密保存，删除后不留", Most: 40, Required: true, Complete: "off"},
		Input{Name: "reason", Label: "依据", Hint: "如本人申请的日期和编号，记入审计日志，不要写个人信息", Value: r.PostFormValue("reason"), Most: 200, Required: true, Complete: "off"})
	form.Cancel = erasuresPath
	lead := "先查找，列出找到多少条，您确认后才删除。删除的是个人信息、评价文字、工单文字和材料；星级、标签和统计数保留。"
	return h.write(w, form.status(), "form-page", formPage{h.frame(w, r, "申请删除个人信息"), form, lead})
}

// askErasure is POST /console/erasures/new.
func (h *Handler) askErasure(w http.ResponseWriter, r *http.Request) error {
	id, err := h.Erasures.Ask(r.Context(), staff(r).Login, erasure.Kind(r.PostFormValue("kind")), r.PostFormValue("number"), r.PostFormValue("reason"))
	if err != nil && isFault(err) {
		return h.drawErasure(w, r, err)
	}
	if err != nil {
		return err
	}
	return h.done(w, r, erasuresPath+"/of/"+id, "已开始查找，记录多时需要几分钟。")
}

type erasurePage struct {
	Frame
	One erasureRow
	May bool
}

// showErasure is GET /console/erasures/of/{erasure}.
func (h *Handler) showErasure(w http.ResponseWriter, r *http.Request) error {
	found, err := h.Erasures.Get(r.Context(), r.PathValue("erasure"))
	if err != nil {
		return err
	}
	found.Login = h.staffNames(r.Context())(found.Login)
	return h.write(w, http.StatusOK, "erasure", erasurePage{h.frame(w, r, "个人信息删除申请"), erasureRow{found}, staff(r).May(identity.Erase)})
}

// confirmErasure is POST /console/erasures/of/{erasure}/erase: asks first, saying how many.
func (h *Handler) confirmErasure(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("erasure")
	found, err := h.Erasures.Get(r.Context(), id)
	if err != nil {
		return err
	}
	if !sure(r) {
		happens := []string{
			fmt.Sprintf("删除%d条评价、%d件办件、%d行未收记录、%d件工单中的个人信息、文字和材料", found.Reviews, found.Affairs, found.Rejected, found.Cases),
			"本人凭查询码或登录不能再看到这些评价，工单不能再联系到本人",
			"星级、标签和统计数不变，同一办件仍不能重复评价",
			"不能恢复；记入审计日志",
		}
		if found.Unread > 0 {
			happens = append(happens, fmt.Sprintf("另有%d条记录无法读取，不会删除", found.Unread))
		}
		return h.confirm(w, r, Confirmation{
			Title: "删除个人信息", Send: "删除个人信息", Cancel: erasuresPath + "/of/" + id, Danger: true, Happens: happens,
		})
	}
	err = h.Erasures.Confirm(r.Context(), id, seenVersion(r))
	if now, wrong := h.Erasures.Get(r.Context(), id); wrong == nil && fault.KindOf(err) == fault.Conflict && (now.State == erasure.Erasing || now.State == erasure.Done) {
		err = nil // it was sent twice, or another was quicker: it is being done
	}
	if err != nil {
		return err
	}
	return h.done(w, r, erasuresPath+"/of/"+id, "已开始删除。")
}

// dropErasure is POST /console/erasures/of/{erasure}/drop.
func (h *Handler) dropErasure(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("erasure")
	err := h.Erasures.Drop(r.Context(), id, seenVersion(r))
	if now, wrong := h.Erasures.Get(r.Context(), id); wrong == nil && fault.KindOf(err) == fault.Conflict && now.State == erasure.Dropped {
		err = nil // it was sent twice
	}
	if err != nil {
		return err
	}
	return h.done(w, r, erasuresPath, "已放弃，没有删除任何内容。")
}
