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
	login := strings.ToLower(strings.TrimSpace(r.PostFormValue("to")))
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
		return h.drawAssignment(w, r, back, err, nil)
	}
	var failed []followup.Assigned
	for _, result := range results {
		if result.Fault != "" {
			failed = append(failed, result)
		}
	}
	if len(failed) > 0 {
		return h.drawAssignment(w, r, back, nil, failed)
	}
	said := fmt.Sprintf("已把%d张工单指派给%s。", len(results), to.Name)
	if to.Login == "" {
		said = fmt.Sprintf("已收回%d张工单，现在没有处理人。", len(results))
	}
	return h.done(w, r, back, said)
}

// drawAssignment draws the list again with what could not be assigned: what is ticked stays so.
func (h *Handler) drawAssignment(w http.ResponseWriter, r *http.Request, back string, err error, failed []followup.Assigned) error {
	there, wrong := url.Parse(back)
	if wrong != nil {
		return wrong
	}
	as := r.Clone(r.Context())
	as.URL = &url.URL{Path: casesPath, RawQuery: there.RawQuery}
	page, problem := h.casesPage(w, as)
	if problem != nil {
		return problem
	}
	page.Failed, page.To = failed, r.PostFormValue("to")
	status := http.StatusConflict
	if err != nil {
		form := newForm("", "", err, Input{Name: "to"})
		page.Fault, status = form.Problem+form.Inputs[0].Fault, form.status()
	}
	page.tick(r.PostForm["pick"])
	return h.write(w, status, "cases", page)
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
