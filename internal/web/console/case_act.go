package console

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/identity"
)

// caseMoves are what the console's own routes do to cases, in the order of the pages. Assigning has a route of its own.
var caseMoves = []followup.Move{
	followup.Rectify, followup.Explain, followup.AppealMove, followup.FeedBack, followup.Contact, followup.HeardGood, followup.HeardBad,
	followup.Accept, followup.Refuse, followup.Supervise,
}

// caseRoutes are those of 差评工单 and 工单时限.
func (h *Handler) caseRoutes() []route {
	const get, post = http.MethodGet, http.MethodPost
	table := []route{
		{method: get, pattern: casesPath, action: identity.SeeCases, do: h.listCases},
		{method: get, pattern: casesPath + "/export", action: identity.Export, do: h.exportCases},
		{method: post, pattern: casesPath + "/assign", action: identity.AssignCases, do: h.assignCases},
		{method: get, pattern: casesPath + "/{case}", action: identity.SeeCases, do: h.showCase},
		{method: get, pattern: casesPath + "/{case}/files/{file}", action: identity.SeeCases, do: h.evidence},
		{method: post, pattern: casesPath + "/{case}/unmask", action: identity.UnmaskReview, do: h.unmaskCase},
		{method: get, pattern: deadlinesPath, action: identity.SeeSettings, do: h.listDeadlines},
		{method: post, pattern: deadlinesPath, action: identity.ChangeDeadlines, do: h.saveDeadlines},
		{method: post, pattern: deadlinesPath + "/remove", action: identity.ChangeDeadlines, do: h.removeDeadlines},
	}
	for _, move := range caseMoves {
		to := route{method: post, pattern: casesPath + "/{case}/" + movePath(move), action: actionOf(move), do: h.moveCase(move)}
		if move == followup.AppealMove {
			to.most = maxEvidence
		}
		table = append(table, to)
	}
	return table
}

// maxEvidence is the most bytes of an appeal's form: all its files, and what is around them.
const maxEvidence = followup.MaxFiles*followup.MaxFile + maxForm

// moveCase is POST /console/cases/{case}/MOVE.
func (h *Handler) moveCase(move followup.Move) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		step, err := readStep(r, move)
		serial := r.PathValue("case")
		if err == nil && move == followup.Accept && strings.TrimSpace(step.Words) != "" && !sure(r) {
			may, err := h.mayAccept(r, serial)
			if err != nil {
				return err
			}
			if may {
				return h.confirmAccept(w, r, serial)
			}
		}
		if err == nil {
			_, err = h.Cases.Act(r.Context(), actor(r), serial, seenVersion(r), step)
		}
		switch {
		case err == nil:
			return h.done(w, r, caseLink(serial), "已"+move.Word()+"。")
		case !isFault(err) || isMissing(err):
			return err
		}
		return h.drawCase(w, r, &step, err)
	}
}

// mayAccept says whether there is anything to confirm: who may not decide now is told so at once.
func (h *Handler) mayAccept(r *http.Request, serial string) (bool, error) {
	detail, err := h.Cases.Detail(r.Context(), actor(r), serial)
	return slices.Contains(detail.Moves, followup.Accept), err
}

// confirmAccept asks once before a review leaves the figures.
func (h *Handler) confirmAccept(w http.ResponseWriter, r *http.Request, serial string) error {
	return h.confirm(w, r, Confirmation{
		Title: "申诉成立，不予采纳", Send: "不予采纳这条评价", Cancel: caseLink(serial), Danger: true,
		Happens: []string{"这条评价立即退出所有统计和排名", "工单结束，不能再重新打开", "评价人会看到评价未被采纳和原因（误评或恶意评价）", "审计员和您管辖范围内的人仍能看到全过程"},
	})
}

// seenVersion is the version of the case that the person saw; one that can't be read was never there.
func seenVersion(r *http.Request) int {
	n, err := small(r.PostFormValue("version"))
	if err != nil || n < 0 {
		return -2
	}
	return n
}

// readStep reads a form.
func readStep(r *http.Request, move followup.Move) (followup.Step, error) {
	step := followup.Step{Move: move}
	if move == followup.AppealMove {
		// All in memory: evidence never lies on a disk in the clear.
		if err := r.ParseMultipartForm(maxEvidence); err != nil && !errors.Is(err, http.ErrNotMultipart) { //nolint:gosec // the route bounds it, see most
			var big *http.MaxBytesError
			if errors.As(err, &big) {
				return step, err
			}
			return step, fault.NewInvalidPage("没有收完整，请返回重新提交")
		}
		if err := readable(r); err != nil {
			return step, err
		}
	}
	step.Words, step.Claim = r.PostFormValue("words"), followup.Claim(r.PostFormValue("claim"))
	if move != followup.AppealMove {
		step.Claim = ""
	}
	if move == followup.Contact {
		switch r.PostFormValue("reached") {
		case "yes":
			step.Reached = true
		case "no":
		default:
			return step, fault.NewInvalid(fault.Violation{Field: "reached", Reason: "请选择有没有联系上"})
		}
	}
	if r.MultipartForm == nil {
		return step, nil
	}
	for _, header := range r.MultipartForm.File["evidence"] {
		if len(step.Evidence) > followup.MaxFiles {
			break // one too many is enough to refuse
		}
		file, err := header.Open()
		if err != nil {
			return step, err
		}
		content, err := io.ReadAll(file)
		_ = file.Close() // it is in memory
		if err != nil {
			return step, err
		}
		step.Evidence = append(step.Evidence, followup.File{Name: header.Filename, Content: content})
	}
	return step, nil
}

// drawCase draws a case again with what is wrong, keeping what was written: in its form when that may still be sent, now about
// the case as it is; else above everything.
func (h *Handler) drawCase(w http.ResponseWriter, r *http.Request, step *followup.Step, err error) error {
	page, wrong := h.casePage(w, r)
	if wrong != nil {
		return wrong
	}
	form := newForm("", "", err, Input{Name: "words"}, Input{Name: "claim"}, Input{Name: "reached"})
	faults := map[string]string{}
	for _, input := range form.Inputs {
		faults[input.Name] = input.Fault
	}
	problem := form.Problem
	var told *fault.Error
	if errors.As(err, &told) {
		var evidence []string
		for _, v := range told.Violations {
			if strings.HasPrefix(v.Field, "evidence") {
				evidence, problem = append(evidence, v.Reason), ""
			}
		}
		faults["evidence"] = strings.Join(evidence, "；")
	}
	for i := range page.Actions {
		a := &page.Actions[i]
		if a.Move == step.Move {
			a.Open, a.Words, a.Claim, a.Reached = true, step.Words, string(step.Claim), r.PostFormValue("reached")
			a.Problem, a.Faults = problem, faults
			return h.write(w, form.status(), "case", page)
		}
	}
	page.Problem, page.Kept = cmp.Or(problem, "没有保存。"), step.Words
	return h.write(w, form.status(), "case", page)
}
