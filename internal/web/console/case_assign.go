package console

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/identity"
)

// pickSign parts serial number and version in what a checkbox sends.
const pickSign = "."

// maxHandlers is how many people are offered while a login is typed.
const maxHandlers = 200

// caseHandlers are the people of one's scope who may be given cases: handlers first, then the others.
func (h *Handler) caseHandlers(r *http.Request) (handlers []Choice, err error) {
	var others []Choice
	for _, role := range []identity.Role{identity.Handler, ""} {
		found, err := h.Staff.List(r.Context(), staff(r), identity.StaffFilter{Role: role, State: identity.Active}, "", maxHandlers)
		if err != nil {
			return nil, err
		}
		for i := range found {
			s := &found[i]
			choice := Choice{s.Login, s.Name + "（" + s.Role.Name() + " · " + h.scopeName(s.Scope) + "）"}
			switch {
			case s.Role == identity.Handler && role != "":
				handlers = append(handlers, choice)
			case s.Role != identity.Handler && s.May(identity.HandleCases):
				others = append(others, choice)
			}
		}
	}
	return append(handlers, others...), nil
}

// readPicks are the chosen cases; what can't be read is left out.
func readPicks(values []string) (picks []followup.Pick) {
	for _, value := range values {
		serial, version, _ := strings.Cut(value, pickSign)
		n, err := small(version)
		if err == nil && n >= 0 && serial != "" && len(picks) <= followup.MaxPicks {
			picks = append(picks, followup.Pick{Serial: serial, Version: n})
		}
	}
	return picks
}

// assignee is who is given a case; one without a login gives it back.
func (h *Handler) assignee(r *http.Request) (followup.Actor, error) {
	if r.PostFormValue("release") != "" {
		return followup.Actor{}, nil
	}
	login, err := h.loginOf(r.Context(), staff(r), strings.TrimSpace(r.PostFormValue("to")))
	if err != nil {
		return followup.Actor{}, err
	}
	if login == "" {
		return followup.Actor{}, fault.NewInvalid(fault.Violation{Field: "to", Reason: "请填写要指派的账号"})
	}
	to, err := h.Staff.Get(r.Context(), staff(r), login)
	if fault.KindOf(err) == fault.Missing {
		return followup.Actor{}, fault.NewInvalid(fault.Violation{Field: "to", Reason: "没有这个账号，或不在您的管理范围内"})
	}
	if err != nil {
		return followup.Actor{}, err
	}
	if !to.May(identity.HandleCases) {
		return followup.Actor{}, fault.NewInvalid(fault.Violation{Field: "to", Reason: "这个账号不能处理工单，或已锁定、停用"})
	}
	return actorOf(to), nil
}

// assignCases is POST /console/cases/assign: the cases that were ticked, from the list or one from its own page.
func (h *Handler) assignCases(w http.ResponseWriter, r *http.Request) error {
	back := local(r.PostFormValue("back"))
	to, err := h.assignee(r)
	var results []followup.Assigned
	if err == nil {
		results, err = h.Cases.Assign(r.Context(), actor(r), to, readPicks(r.PostForm["pick"]))
	}
	if err != nil {
		if !isFault(err) {
			return err
		}
		return h.drawAssignment(w, r, back, err, nil, 0)
	}
	var failed []followup.Assigned
	for _, result := range results {
		if result.Fault != "" {
			failed = append(failed, result)
		}
	}
	if len(failed) > 0 {
		return h.drawAssignment(w, r, back, nil, failed, len(results)-len(failed))
	}
	said := fmt.Sprintf("已把%d张工单指派给%s。", len(results), to.Name)
	if to.Login == "" {
		said = fmt.Sprintf("已收回%d张工单，现在没有处理人。", len(results))
	}
	return h.done(w, r, back, said)
}

// drawAssignment draws the list, or the case's own page where it was tried from there, again with what could not be assigned: what
// was typed and ticked stays so.
func (h *Handler) drawAssignment(w http.ResponseWriter, r *http.Request, back string, err error, failed []followup.Assigned, done int) error {
	there, wrong := url.Parse(back)
	if wrong != nil {
		return wrong
	}
	status, problem := http.StatusConflict, ""
	if err != nil {
		form := newForm("", "", err, Input{Name: "to"})
		problem, status = form.Problem+form.Inputs[0].Fault, form.status()
	}
	as := r.Clone(r.Context())
	if serial, one := strings.CutPrefix(there.Path, casesPath+"/"); one {
		as.URL = there
		as.SetPathValue("case", serial)
		page, wrong := h.casePage(w, as)
		if wrong == nil {
			if err == nil {
				problem = failed[0].Fault
			}
			page.notAssigned(r.PostFormValue("to"), problem)
			return h.write(w, status, "case", page)
		}
		if !isMissing(wrong) {
			return wrong
		}
	}
	as.URL = &url.URL{Path: casesPath, RawQuery: there.RawQuery}
	page, wrong := h.casesPage(w, as)
	if wrong != nil {
		return wrong
	}
	page.Fault, page.Failed, page.To = problem, failed, r.PostFormValue("to")
	word := "指派"
	if r.PostFormValue("release") != "" {
		word = "收回"
	}
	page.Outcome = fmt.Sprintf("有%d张工单没有%s成功", len(failed), word)
	if done > 0 {
		page.Outcome += fmt.Sprintf("，其余%d张已经%s", done, word)
	}
	page.tick(r.PostForm["pick"])
	return h.write(w, status, "cases", page)
}

// notAssigned says in the form that assigns why it was not done; above everything where there is no such form any more.
func (p *casePage) notAssigned(to, why string) {
	for i := range p.Actions {
		if a := &p.Actions[i]; a.Assign {
			a.Open, a.To, a.Problem = true, to, why
			return
		}
	}
	p.Problem = why
}

func (p *casesPage) tick(picks []string) {
	ticked := map[string]bool{}
	for _, pick := range readPicks(picks) {
		ticked[pick.Serial] = true
	}
	for i := range p.Cases {
		p.Cases[i].Ticked = ticked[p.Cases[i].Serial]
	}
}
