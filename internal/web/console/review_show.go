package console

import (
	"cmp"
	"net/http"

	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/review"
)

// subjectLabels say what a review's subject is.
var subjectLabels = map[review.Kind]string{
	review.Affair: "办件编号", review.Guide: "办事指南", review.Hotline: "工单编号", review.Window: "窗口编码",
}

// flagNames are what is doubtful about a review.
var flagNames = []struct {
	flag review.Flag
	name string
}{
	{review.TimesOutOfOrder, "时间先后不对"}, {review.OtherDepartment, "部门与办件的不一致"}, {review.DoneAfterReview, "评价早于办结"},
}

type reviewPage struct {
	Frame
	One        reviewRow
	Tags       []string
	Subject    string // what its number is
	EntityName string
	RegionName string
	Department string
	Flags      []string
	AppName    string
	CaseLink   string
	Published  string // what the public sees of what was said
	RemarkLink string // to where that is decided; empty when there is nothing to decide, or not for him
	// Form asks for one field in the clear; nil when there is none that may be shown.
	Form *Form
	// Revealed is the field in the clear, shown once.
	Revealed, RevealedLabel string
}

// reviewOf loads a review within the scope of who asks.
func (h *Handler) reviewOf(r *http.Request) (review.Seen, error) {
	seen, err := h.Reviews.Finder.Look(r.Context(), r.PathValue("review"), viewerOf(staff(r)))
	if err != nil {
		return seen, err
	}
	return seen, within(r, identity.Place{Region: seen.Region, Department: seen.DepartmentCode, Hall: seen.HallCode})
}

// showReview is GET /console/reviews/of/{review}.
func (h *Handler) showReview(w http.ResponseWriter, r *http.Request) error {
	seen, err := h.reviewOf(r)
	if err != nil {
		return err
	}
	page, err := h.reviewPage(w, r, seen, nil)
	if err != nil {
		return err
	}
	return h.write(w, http.StatusOK, "review-one", page)
}

// unmaskReview is POST /console/reviews/of/{review}/unmask: the answer shows one field, and nothing keeps it.
func (h *Handler) unmaskReview(w http.ResponseWriter, r *http.Request) error {
	seen, err := h.reviewOf(r)
	if err != nil {
		return err
	}
	field, value, wrong := h.Reviews.Finder.Reveal(r.Context(), seen.Serial, r.PostFormValue("field"), r.PostFormValue("reason"), viewerOf(staff(r)))
	if wrong != nil && !isFault(wrong) {
		return wrong
	}
	page, err := h.reviewPage(w, r, seen, wrong)
	if err != nil {
		return err
	}
	if wrong != nil {
		if page.Form == nil {
			return wrong
		}
		return h.write(w, page.Form.status(), "review-one", page)
	}
	page.Revealed, page.RevealedLabel = value, field.Label
	return h.write(w, http.StatusOK, "review-one", page)
}

func (h *Handler) reviewPage(w http.ResponseWriter, r *http.Request, seen review.Seen, wrong error) (reviewPage, error) {
	page := reviewPage{
		Frame: h.frame(w, r, "评价详情"), One: h.reviewRow(seen), Tags: h.tagNames(seen.Tags), Subject: subjectLabels[seen.Kind],
		EntityName: h.Reviews.Entities.Name(seen.EntityCode), RegionName: h.Registry.RegionName(seen.Region),
		Department: h.departmentName(seen.DepartmentCode), Published: seen.Publication.State.String(),
	}
	if page.Department == seen.DepartmentCode && seen.DepartmentName != "" {
		page.Department = seen.DepartmentName
	}
	names, err := h.appNames(r.Context())
	if err != nil {
		return page, err
	}
	page.AppName = cmp.Or(names[seen.AppCode], seen.AppCode)
	for _, f := range flagNames {
		if seen.Flags&f.flag != 0 {
			page.Flags = append(page.Flags, f.name)
		}
	}
	if review.Bad(seen.Stars) && seen.Validity == review.Counting && staff(r).May(identity.SeeCases) && h.Cases != nil {
		page.CaseLink = caseLink(seen.Serial)
	}
	if page.One.Remark != "" && seen.Validity != review.Withdrawn && staff(r).May(identity.SeeModeration) && h.Moderation != nil {
		page.RemarkLink = remarkLink(seen.Serial)
	}
	var choices []Choice
	for _, f := range seen.Fields {
		if f.May {
			choices = append(choices, Choice{f.Name, f.Label})
		}
	}
	if len(choices) > 0 && staff(r).May(identity.UnmaskReview) {
		reason := ""
		if wrong != nil {
			reason = r.PostFormValue("reason")
		}
		form := newForm(reviewLink(seen.Serial)+"/unmask", "查看原文", wrong,
			Input{Name: "field", Label: "查看哪一项", Kind: SelectInput, Choices: choices, Value: r.PostFormValue("field"), Required: true},
			Input{Name: "reason", Label: "理由", Kind: AreaInput, Hint: "5至200个字，会记入审计日志。请不要写姓名、电话、证件号码。", Value: reason, Most: 200, Required: true})
		page.Form = &form
	}
	return page, nil
}
