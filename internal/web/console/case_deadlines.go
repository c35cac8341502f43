package console

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/org"
)

const deadlinesPath = "/console/settings/deadlines"

// ruleRow is a rule of deadlines as the page shows it.
type ruleRow struct {
	followup.Rule
	RegionName, DepartmentName string
	Seen                       string // its limits, as forms send them back
	Edit                       string // where it is changed; empty for who may not
}

type deadlinesPage struct {
	Frame
	Standard followup.Limits
	Known    int // the last year whose holidays were published
	Rules    []ruleRow
	Form     *Form // nil for who may not change
}

// ruleInputs are the fields of the form, as they were typed, and the limits that were there, of which region and department.
type ruleInputs struct{ region, department, verify, rectify, decide, of, seen string }

// knows has the form replace the limits that are there now for a region and department; none when there are none.
func (in *ruleInputs) knows(rules []followup.Rule, region, department string) {
	in.of, in.seen = placeOf(region, department), ""
	for _, rule := range rules {
		if rule.Region == region && rule.Department == department {
			in.seen = limitsSeen(rule.Limits)
		}
	}
}

// seenAt are the limits that a form knows of a region and department.
func (in *ruleInputs) seenAt(region, department string) followup.Limits {
	if in.of != placeOf(region, department) {
		return followup.Limits{}
	}
	return readSeen(in.seen)
}

func placeOf(region, department string) string { return department + "/" + region }

func limitsSeen(l followup.Limits) string {
	return fmt.Sprintf("%d-%d-%d", l.Verify, l.Rectify, l.Decide)
}

// readSeen reads what limitsSeen wrote; anything else is none.
func readSeen(text string) (l followup.Limits) {
	if n, err := fmt.Sscanf(text, "%d-%d-%d", &l.Verify, &l.Rectify, &l.Decide); n < 3 || err != nil {
		return followup.Limits{}
	}
	return l
}

// listDeadlines is GET /console/settings/deadlines, with ?region= and ?department= for the rule to be changed.
func (h *Handler) listDeadlines(w http.ResponseWriter, r *http.Request) error {
	rules, err := h.Cases.Rules(r.Context())
	if err != nil {
		return err
	}
	scope, query := staff(r).Scope, r.URL.Query()
	in := ruleInputs{region: scope.Region, department: scope.Department}
	for _, rule := range rules {
		if query.Has("region") && rule.Region == query.Get("region") && rule.Department == query.Get("department") {
			in = ruleInputs{
				region: rule.Region, department: rule.Department,
				verify: strconv.Itoa(rule.Verify), rectify: strconv.Itoa(rule.Rectify), decide: strconv.Itoa(rule.Decide),
			}
			in.knows(rules, rule.Region, rule.Department)
		}
	}
	return h.drawDeadlines(w, r, in, nil)
}

func (h *Handler) drawDeadlines(w http.ResponseWriter, r *http.Request, in ruleInputs, err error) error {
	rules, wrong := h.Cases.Rules(r.Context())
	if wrong != nil {
		return wrong
	}
	page := deadlinesPage{Frame: h.frame(w, r, "工单时限"), Standard: followup.Standard, Known: h.Cases.LastKnownYear()}
	may := staff(r).May(identity.ChangeDeadlines)
	for _, rule := range rules {
		row := ruleRow{Rule: rule, Seen: limitsSeen(rule.Limits), RegionName: "全部区划", DepartmentName: "全部部门"}
		if rule.Region != "" {
			row.RegionName = h.Registry.RegionName(rule.Region)
		}
		if rule.Department != "" {
			row.DepartmentName = h.departmentName(rule.Department)
		}
		if !h.ruleConcerns(r, &rule) {
			continue
		}
		if may && staff(r).Covers(identity.Place{Region: rule.Region, Department: rule.Department}) {
			row.Edit = deadlinesPath + "?" + url.Values{"region": {rule.Region}, "department": {rule.Department}}.Encode() + "#set"
		}
		page.Rules = append(page.Rules, row)
	}
	status := http.StatusOK
	if may {
		form := h.deadlineForm(r, in, err)
		page.Form, status = &form, form.status()
	}
	return h.write(w, status, "deadlines", page)
}

// ruleConcerns says whether a rule can bear on cases within one's scope: it lies in it, or around it.
func (h *Handler) ruleConcerns(r *http.Request, rule *followup.Rule) bool {
	of := staff(r).Scope
	region := rule.Region == "" || of.Region == "" || identity.Scope{Region: of.Region}.Covers(identity.Place{Region: rule.Region}) ||
		identity.Scope{Region: rule.Region}.Covers(identity.Place{Region: of.Region})
	return region && (rule.Department == "" || of.Department == "" || rule.Department == of.Department)
}

func (h *Handler) deadlineForm(r *http.Request, in ruleInputs, err error) Form {
	days := func(name, label, hint, value string, standard int) Input {
		return Input{Name: name, Label: label, Hint: hint, Value: cmp.Or(value, strconv.Itoa(standard)), Most: 3, Required: true}
	}
	form := newForm(deadlinesPath, "保存时限", err,
		Input{Name: "of", Kind: HiddenInput, Value: in.of}, Input{Name: "seen", Kind: HiddenInput, Value: in.seen},
		Input{
			Name: "region", Label: "区划", Value: in.region, Hint: "12位区划编码，管到它和它下面的各级，输入名称可查；不按区划限定时留空", Most: 12,
			Suggest: h.regionsFor(staff(r)),
		},
		Input{
			Name: "department", Label: "部门", Value: in.department, Hint: "部门编码，输入名称可查；不按部门限定时留空", Most: 50,
			Suggest: h.departmentsFor(staff(r)),
		},
		days("verify", "联系核实（工作日）", "从立案，或申诉被退回，到核实有结果", in.verify, followup.Standard.Verify),
		days("rectify", "整改或解释（工作日）", "从核实有结果，到向评价人反馈", in.rectify, followup.Standard.Rectify),
		days("decide", "申诉复核（工作日）", "从提出申诉，到上级复核有结果", in.decide, followup.Standard.Decide),
	)
	return form
}

// saveDeadlines is POST /console/settings/deadlines.
func (h *Handler) saveDeadlines(w http.ResponseWriter, r *http.Request) error {
	in := ruleInputs{
		region: strings.TrimSpace(r.PostFormValue("region")), department: strings.TrimSpace(r.PostFormValue("department")),
		verify: r.PostFormValue("verify"), rectify: r.PostFormValue("rectify"), decide: r.PostFormValue("decide"),
		of: r.PostFormValue("of"), seen: r.PostFormValue("seen"),
	}
	rule, err := h.readRule(r, in)
	if err == nil {
		err = h.Cases.SaveRule(r.Context(), actor(r), rule, in.seenAt(rule.Region, rule.Department))
	}
	switch {
	case err != nil && !isFault(err):
		return err
	case fault.KindOf(err) == fault.Conflict: // the page says what is there now: sent once more it is replaced
		rules, wrong := h.Cases.Rules(r.Context())
		if wrong != nil {
			return wrong
		}
		in.knows(rules, rule.Region, rule.Department)
		return h.drawDeadlines(w, r, in, err)
	case err != nil:
		return h.drawDeadlines(w, r, in, err)
	}
	return h.done(w, r, deadlinesPath, "时限已保存，从现在起新开始的步骤按它计算。")
}

// readRule reads a rule and says everything that is wrong with it: regions and departments must be there and within one's scope.
func (h *Handler) readRule(r *http.Request, in ruleInputs) (followup.Rule, error) {
	rule := followup.Rule{Region: h.codeNow(org.OfRegion, in.region), Department: h.codeNow(org.OfDepartment, in.department)}
	rule.Verify, rule.Rectify, rule.Decide = daysTyped(in.verify), daysTyped(in.rectify), daysTyped(in.decide)
	var violations []fault.Violation
	var f *fault.Error
	if errors.As(rule.Check(), &f) {
		violations = append(violations, f.Violations...)
	}
	if _, known := h.Registry.Region(rule.Region); rule.Region != "" && !known && faultOf(fault.NewInvalid(violations...), "region") == "" {
		violations = append(violations, fault.Violation{Field: "region", Reason: "没有这个区划，请填12位区划编码"})
	}
	if _, known := h.Registry.Department(rule.Department); rule.Department != "" && !known {
		violations = append(violations, fault.Violation{Field: "department", Reason: "没有这个部门，请填部门编码"})
	}
	own := staff(r).Scope
	if own.Region != "" && !(identity.Scope{Region: own.Region}).Covers(identity.Place{Region: rule.Region}) {
		violations = append(violations, fault.Violation{Field: "region", Reason: "只能设置您管理范围内的区划"})
	}
	if own.Department != "" && own.Department != rule.Department {
		violations = append(violations, fault.Violation{Field: "department", Reason: "只能设置您管理的部门"})
	}
	if len(violations) > 0 {
		return rule, fault.NewInvalid(violations...)
	}
	return rule, nil
}

// daysTyped reads a number of days; 0 for what is none.
func daysTyped(text string) int {
	n, err := small(strings.TrimSpace(text))
	if err != nil {
		return 0
	}
	return n
}

// removeDeadlines is POST /console/settings/deadlines/remove.
func (h *Handler) removeDeadlines(w http.ResponseWriter, r *http.Request) error {
	if err := h.Cases.RemoveRule(r.Context(), actor(r), r.PostFormValue("region"), r.PostFormValue("department"), readSeen(r.PostFormValue("seen"))); err != nil {
		return err
	}
	return h.done(w, r, deadlinesPath, "已删除，以后按更大范围的时限或标准时限计算。")
}
