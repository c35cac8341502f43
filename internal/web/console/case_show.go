package console

import (
	"cmp"
	"context"
	"net/http"
	"net/url"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/web/view"
)

// casePage is one case: facts left, what happened right, and what the person may do now.
type casePage struct {
	Frame
	Case caseRow
	// Facts of the case itself, in order; those of its review are Review.
	Facts   []fact
	Review  *caseReview
	Events  []caseEvent // newest first
	Files   []caseFile
	Actions []caseAction
	// Problem is what is wrong with what was tried, when it belongs to no form any more; Kept is what was written then.
	Problem, Kept string
}

type fact struct{ Name, Text string }

// caseEvent is one entry of the timeline.
type caseEvent struct {
	followup.Event
	Heading, Who, Note string
	Change             string // 待核实 → 整改中; empty when the state stayed
}

type caseFile struct {
	followup.Attachment
	Link, Kind, Size string
}

// showCase is GET /console/cases/{case}.
func (h *Handler) showCase(w http.ResponseWriter, r *http.Request) error {
	page, err := h.casePage(w, r)
	if err != nil {
		return err
	}
	return h.write(w, http.StatusOK, "case", page)
}

// casePage reads a case as it is now, for a person who may see it.
func (h *Handler) casePage(w http.ResponseWriter, r *http.Request) (*casePage, error) {
	serial := r.PathValue("case")
	detail, err := h.Cases.Detail(r.Context(), actor(r), serial)
	if err != nil {
		return nil, err
	}
	page := &casePage{Frame: h.frame(w, r, "差评工单 "+serial), Case: h.caseRow(detail.Case)}
	if page.Review, err = h.caseReview(r, serial); err != nil {
		return nil, err
	}
	page.Facts = h.caseFacts(r.Context(), &page.Case)
	page.Events = h.caseEvents(r.Context(), &detail)
	for _, f := range detail.Files {
		f.Actor = h.staffName(r.Context(), f.Actor)
		page.Files = append(page.Files, caseFile{f, page.Case.Link + "/files/" + url.PathEscape(f.ID), fileKinds[f.Kind], fileSize(f.Size)})
	}
	page.Actions, err = h.caseActions(r, &detail)
	return page, err
}

var fileKinds = map[followup.FileKind]string{followup.PNG: "PNG 图片", followup.JPEG: "JPEG 图片", followup.PDF: "PDF 文件"}

// fileSize is a size in words, 1 KB at least.
func fileSize(bytes int) string {
	if bytes >= 1<<20 {
		return view.Decimal(float64(bytes)/(1<<20)) + " MB"
	}
	return view.Whole(int64(max(1, bytes/1024))) + " KB"
}

// caseFacts are what the case itself says.
func (h *Handler) caseFacts(ctx context.Context, row *caseRow) []fact {
	c := &row.Case
	facts := []fact{
		{"责任单位", row.Unit},
		{"区划", h.Registry.RegionName(c.Region)},
		{"部门", cmp.Or(h.departmentName(c.Department), c.DepartmentName)},
		{"大厅", h.hallName(c.Hall)},
		{"事项", row.What},
		{"评价对象", h.Cases.Entities.Name(c.Entity)},
		{"渠道", catalog.ChannelName(c.Channel)},
		{"评价时间", view.Moment(c.ReviewedAt)},
		{"立案时间", view.Moment(c.Opened)},
	}
	if officer := h.officerName(c.Hall, c.WorkNo); officer != "" {
		facts = append(facts, fact{"被评价人", officer + "，不能查看和处理这张工单"})
	}
	if c.Assignee != "" {
		facts = append(facts, fact{"处理人", h.staffName(ctx, c.Assignee)})
	}
	if c.Rounds > 0 {
		facts = append(facts, fact{"评价人不满意", view.Whole(int64(c.Rounds)) + "次"})
	}
	shown := facts[:0]
	for _, f := range facts {
		if f.Text != "" {
			shown = append(shown, f)
		}
	}
	return shown
}

// staffName is name and login of a member of staff; the login alone when nobody has it any more.
func (h *Handler) staffName(ctx context.Context, login string) string {
	if login == "" {
		return ""
	}
	s, err := h.Staff.Get(ctx, nil, login)
	if err != nil {
		return login
	}
	return s.Name + "（" + login + "）"
}

// staffNames gives names as staffName does, and asks for each once; what nobody did is the system's.
func (h *Handler) staffNames(ctx context.Context) func(login string) string {
	named := map[string]string{audit.System: systemWord}
	return func(login string) string {
		name, known := named[login]
		if !known {
			name = h.staffName(ctx, login)
			named[login] = name
		}
		return name
	}
}

// personName is the name of a member of staff, known ones from named; the login when nobody has it any more.
func (h *Handler) personName(ctx context.Context, named map[string]string, login string) string {
	if login == "" {
		return ""
	}
	name, known := named[login]
	if !known {
		name = login
		if s, err := h.Staff.Get(ctx, nil, login); err == nil {
			name = s.Name
		}
		named[login] = name
	}
	return name
}

// officerName is who was rated: name and number where he is registered, else the number.
func (h *Handler) officerName(hall, workNo string) string {
	if officer, known := h.Halls.Officer(hall, workNo); known {
		return officer.Name + "（工号" + officer.WorkNo + "）"
	}
	if workNo != "" {
		return "工号" + workNo
	}
	return ""
}

func (h *Handler) caseEvents(ctx context.Context, d *followup.Detail) []caseEvent {
	events := make([]caseEvent, 0, len(d.Events)+1)
	for i := len(d.Events) - 1; i >= 0; i-- {
		e := caseEvent{Event: d.Events[i], Heading: d.Events[i].Move.Word()}
		switch e.Party {
		case followup.OfReviewer:
			e.Who = "评价人"
		case followup.OfSystem:
			e.Who = systemWord
		case followup.OfUnit, followup.OfAbove:
			e.Who = e.Name + "（" + e.Actor + "）"
		}
		switch e.Move {
		case followup.Contact:
			e.Note = map[bool]string{true: "已联系上", false: "没有联系上"}[e.Reached]
		case followup.AssignMove:
			e.Note = cmp.Or(prefixed("交给", h.staffName(ctx, e.Assignee)), "收回，没有处理人")
		case followup.AppealMove:
			e.Note = e.Claim.Word()
		}
		if e.From != e.To {
			e.Change = e.From.Word() + " → " + e.To.Word()
		}
		events = append(events, e)
	}
	opened := followup.Event{At: d.Case.Opened, To: followup.Pending}
	return append(events, caseEvent{Event: opened, Heading: "收到差评，自动立案", Who: systemWord, Change: followup.Pending.Word()})
}

func prefixed(prefix, text string) string {
	if text == "" {
		return ""
	}
	return prefix + text
}

// evidence is GET /console/cases/{case}/files/{file}: always to be saved, never shown within a page of ours. Looking is noted.
func (h *Handler) evidence(w http.ResponseWriter, r *http.Request) error {
	serial := r.PathValue("case")
	file, err := h.Cases.Evidence(r.Context(), actor(r), serial, r.PathValue("file"))
	if err != nil {
		return err
	}
	if err := h.Audit.Note(r.Context(), audit.Entry{Action: "case.evidence", Object: "case:" + serial, After: r.PathValue("file")}); err != nil {
		return err
	}
	header := w.Header()
	header.Set("Content-Type", string(file.Kind))
	header.Set("Content-Disposition", "attachment; filename=evidence; filename*=UTF-8''"+url.PathEscape(file.Name))
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(file.Content) // a reader that hung up loses his file only
	return nil
}

// mayMove says whether a person's role may make a move; that the case allows it, followup.Moves says.
func mayMove(of *identity.Staff, move followup.Move) bool { return of.May(actionOf(move)) }

// actionOf is what a move is to the table of permissions.
func actionOf(move followup.Move) identity.Action {
	switch {
	case move == followup.AssignMove:
		return identity.AssignCases
	case move.Party() == followup.OfAbove:
		return identity.DecideCases
	default:
		return identity.HandleCases
	}
}

// isMissing says whether an error is that there is no such thing.
func isMissing(err error) bool { return fault.KindOf(err) == fault.Missing }
