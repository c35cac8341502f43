package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/web/view"
)

const casesPath = "/console/cases"

// Cases follows up bad reviews; followup.Service does.
type Cases interface {
	List(ctx context.Context, by followup.Actor, f followup.Filter, after, before *followup.Position, limit int) ([]followup.Case, error)
	Count(ctx context.Context, by followup.Actor, within followup.Scope) (followup.Counts, error)
	Urgency(c *followup.Case) (urgency followup.Urgency, left int, certain bool)
	LastKnownYear() int
	Detail(ctx context.Context, by followup.Actor, serial string) (followup.Detail, error)
	Evidence(ctx context.Context, by followup.Actor, serial, id string) (followup.File, error)
	Act(ctx context.Context, by followup.Actor, serial string, version int, step followup.Step) (followup.Case, error)
	Assign(ctx context.Context, by, to followup.Actor, picks []followup.Pick) ([]followup.Assigned, error)
	Rules(ctx context.Context) ([]followup.Rule, error)
	SaveRule(ctx context.Context, by followup.Actor, r followup.Rule, seen followup.Limits) error
	RemoveRule(ctx context.Context, by followup.Actor, region, department string, seen followup.Limits) error
}

// actorOf is a member of staff as the follow-up knows him.
func actorOf(s *identity.Staff) followup.Actor {
	return followup.Actor{Login: s.Login, Name: s.Name, WorkNo: s.WorkNo, Scope: followup.Scope(s.Scope)}
}

func actor(r *http.Request) followup.Actor { return actorOf(staff(r)) }

// caseRow is a case in the worklist.
type caseRow struct {
	followup.Case
	Link, StateName, Unit, What string
	Left, Doubt                 string // the time left; why that is not certain
	// Urgent is the class of the remaining time: overdue, soon or normal.
	Urgent followup.Urgency
	Pick   string // what its checkbox sends; empty when it can't be assigned
	Ticked bool
	// AssigneeName is what people call who has it; the login where nobody has that any more.
	AssigneeName string
}

func (h *Handler) caseRow(c followup.Case) caseRow {
	row := caseRow{Case: c, Link: caseLink(c.Serial), StateName: c.State.Word(), Unit: h.unitName(c.Unit()), What: h.caseWhat(&c)}
	row.Left, row.Doubt, row.Urgent = h.timeLeft(&c)
	switch c.State {
	case followup.Pending, followup.Rectifying, followup.Explained, followup.Awaiting:
		row.Pick = c.Serial + pickSign + strconv.Itoa(c.Version)
	case followup.Appealed, followup.Closed, followup.Dismissed:
	}
	return row
}

func caseLink(serial string) string { return casesPath + "/" + url.PathEscape(serial) }

// caseWhat is what a case is about in a line.
func (h *Handler) caseWhat(c *followup.Case) string {
	if c.ItemName != "" {
		return c.ItemName
	}
	return h.Cases.Entities.Name(c.Entity)
}

// unitName is who answers a case, in words.
func (h *Handler) unitName(u followup.Unit) string {
	switch u.Kind {
	case followup.HallUnit:
		return h.hallName(u.Code)
	case followup.DepartmentUnit:
		return h.departmentName(u.Code)
	default:
		return h.Registry.RegionName(u.Code)
	}
}

// timeLeft is how long a case has still, in words, why that is not certain, and how much it presses.
func (h *Handler) timeLeft(c *followup.Case) (words, doubt string, urgent followup.Urgency) {
	urgent, left, certain := h.Cases.Urgency(c)
	switch {
	case c.State.Ended():
		return "", "", urgent
	case c.State == followup.Awaiting:
		return "等评价人答复至" + dayInYear(c.Due, h.Now()), "", urgent
	case urgent == followup.PastDue && left < 0:
		words = fmt.Sprintf("已超期%d个工作日", -left)
	case urgent == followup.PastDue:
		words = "已超期"
	case left <= 0:
		words = "今天到期"
	default:
		words = fmt.Sprintf("还剩%d个工作日", left)
	}
	if !certain {
		doubt = "放假安排未公布，按周一至周五估算"
	}
	return words, doubt, urgent
}

// dayInYear is a day, without its year when that is the present one.
func dayInYear(day, now time.Time) string {
	text := view.Day(day)
	return strings.TrimPrefix(text, view.Day(now)[:len("2006年")])
}

// caseKey is where a case stands in the worklist, for the address; readCaseKey reads it, and gives nil for what is none.
func caseKey(c *followup.Case) string {
	return fmt.Sprintf("%d.%d.%s", c.Due.UnixMicro(), c.Slot, c.Serial)
}

func readCaseKey(key string) *followup.Position {
	parts := strings.Split(key, ".")
	if len(parts) != 3 {
		return nil
	}
	due, err := strconv.ParseInt(parts[0], 10, 64)
	slot, wrong := small(parts[1])
	if _, ours := review.SlotOfSerial(parts[2]); err != nil || wrong != nil || slot < 0 || slot > 31 || !ours {
		return nil
	}
	return &followup.Position{Due: time.UnixMicro(due), Slot: slot, Serial: parts[2]}
}

type casesPage struct {
	Frame
	List
	Cases []caseRow
	// MayAssign shows the boxes and the row that assigns; Handlers may be given work, Here is this page's address.
	MayAssign bool
	Handlers  []Choice
	Here      string
	// Fault is what is wrong with an assignment, To what was typed; Outcome says how many of them are Failed.
	Fault, To, Outcome string
	Failed             []followup.Assigned
}

// listCases is GET /console/cases.
func (h *Handler) listCases(w http.ResponseWriter, r *http.Request) error {
	page, err := h.casesPage(w, r)
	if err != nil {
		return err
	}
	return h.write(w, http.StatusOK, "cases", page)
}

func (h *Handler) casesPage(w http.ResponseWriter, r *http.Request) (*casesPage, error) {
	filters, pager := h.caseFilters(r), readPager(r)
	filter, err := h.caseFilter(r, filters)
	two := errors.Is(err, errTwoAssignees)
	if err != nil && !two {
		return nil, err
	}
	var found []followup.Case
	if !two {
		if found, err = h.findCases(r, filter, readCaseKey(pager.After), PageSize+1); err != nil {
			return nil, err
		}
	}
	found, next := more(found, caseKey)
	page := &casesPage{
		Frame: h.frame(w, r, "差评工单"), List: newList(casesPath, filters, pager, len(found), next, "没有未办结的差评工单。"),
		Here: casesPath,
	}
	if two {
		page.Empty = errTwoAssignees.Error() + "。"
	}
	if r.URL.RawQuery != "" {
		page.Here += "?" + r.URL.RawQuery
	}
	if staff(r).May(identity.Export) {
		page.exports(casesPath + "/export")
	}
	named := map[string]string{}
	for _, c := range found {
		row := h.caseRow(c)
		row.AssigneeName = h.personName(r.Context(), named, c.Assignee)
		page.Cases = append(page.Cases, row)
		page.MayAssign = page.MayAssign || row.Pick != "" && staff(r).May(identity.AssignCases)
	}
	if !page.MayAssign {
		return page, nil
	}
	page.Handlers, err = h.caseHandlers(r)
	return page, err
}

// exportCases is GET /console/cases/export?format=.
func (h *Handler) exportCases(w http.ResponseWriter, r *http.Request) error {
	filter, err := h.caseFilter(r, h.caseFilters(r))
	if err != nil {
		return err
	}
	columns := []string{
		"流水号", "状态", "紧急程度", "剩余时间", "本步骤时限", "督办", "星级", "评价内容对应事项", "渠道", "责任单位", "区划", "部门", "大厅", "处理人账号", "不满意次数", "评价时间", "立案时间",
	}
	return h.export(w, r, "差评工单", columns, func(yield func([]string) error) error {
		for after := (*followup.Position)(nil); ; {
			found, err := h.findCases(r, filter, after, followup.MaxPage)
			if err != nil {
				return err
			}
			for _, c := range found {
				if err := yield(h.caseColumns(c)); err != nil {
					return err
				}
			}
			if len(found) < followup.MaxPage {
				return nil
			}
			after = followup.PositionOf(&found[len(found)-1])
		}
	})
}

func (h *Handler) caseColumns(c followup.Case) []string {
	row := h.caseRow(c)
	supervised, due := "", view.Day(c.Due)
	if c.Supervised {
		supervised = "督办"
	}
	if c.State.Ended() {
		due = ""
	}
	return []string{
		c.Serial, row.StateName, row.Urgent.Word(), row.Left, due, supervised, strconv.Itoa(c.Stars), row.What, catalog.ChannelName(c.Channel), row.Unit,
		h.Registry.RegionName(c.Region), h.departmentName(c.Department), h.hallName(c.Hall), c.Assignee, strconv.Itoa(c.Rounds),
		view.Moment(c.ReviewedAt), view.Moment(c.Opened),
	}
}
