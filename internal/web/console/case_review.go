package console

import (
	"context"
	"net/http"

	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/review"
)

// CaseNeeds are what the pages of cases are made of; all of them are required.
type CaseNeeds struct {
	Cases
	Reviews  CaseReviews
	Entities *catalog.EntitySet
	Tags     *catalog.Tags
}

// CaseReviews shows the review behind a case, masked, and one field of it in the clear for a reason; review.Finder does.
type CaseReviews interface {
	Look(ctx context.Context, serial string, viewer review.Viewer) (review.Seen, error)
	Reveal(ctx context.Context, serial, name, reason string, viewer review.Viewer) (review.Field, string, error)
}

// caseReview is the review of a case as its page shows it.
type caseReview struct {
	Stars  int
	Tags   []string
	Fields []caseField
	Link   string // all about it; empty where the person may not
	// Unmask is where one field is asked for in the clear; empty where the person may not.
	Unmask string
	// Field, Reason and the faults are what was asked for, and what is wrong with it.
	Field, Reason, FieldFault, ReasonFault, Problem string
	Open                                            bool
}

// caseField is a field of the review. Clear is its value when it was asked for.
type caseField struct {
	review.SeenField
	Clear string
}

// viewerOf is a member of staff as reviews know him.
func viewerOf(s *identity.Staff) review.Viewer { return review.Viewer{WorkNo: s.WorkNo, Hall: s.Hall} }

// caseReview reads the review of a case that the person was found to see.
func (h *Handler) caseReview(r *http.Request, serial string) (*caseReview, error) {
	seen, err := h.Cases.Reviews.Look(r.Context(), serial, viewerOf(staff(r)))
	if err != nil {
		return nil, err
	}
	shown := &caseReview{Stars: seen.Stars, Field: "contactPhone"} // what is asked for most
	if h.Reviews != nil && staff(r).May(identity.SeeReviews) {
		shown.Link = reviewLink(serial)
	}
	for _, id := range seen.Tags {
		shown.Tags = append(shown.Tags, h.Cases.Tags.Name(id))
	}
	for _, field := range seen.Fields {
		shown.Fields = append(shown.Fields, caseField{SeenField: field})
		if field.May && staff(r).May(identity.UnmaskReview) {
			shown.Unmask = caseLink(serial) + "/unmask"
		}
	}
	return shown, nil
}

// unmaskCase is POST /console/cases/{case}/unmask: the value stands in this one answer, never in an address.
func (h *Handler) unmaskCase(w http.ResponseWriter, r *http.Request) error {
	page, err := h.casePage(w, r) // asks whether the person sees the case at all
	if err != nil {
		return err
	}
	shown := page.Review
	shown.Open, shown.Field, shown.Reason = true, r.PostFormValue("field"), r.PostFormValue("reason")
	field, value, err := h.Cases.Reviews.Reveal(r.Context(), r.PathValue("case"), shown.Field, shown.Reason, viewerOf(staff(r)))
	if err != nil {
		if !isFault(err) {
			return err
		}
		form := newForm("", "", err, Input{Name: "field"}, Input{Name: "reason"})
		shown.FieldFault, shown.ReasonFault, shown.Problem = form.Inputs[0].Fault, form.Inputs[1].Fault, form.Problem
		return h.write(w, form.status(), "case", page)
	}
	shown.Open, shown.Reason = false, ""
	for i := range shown.Fields {
		if shown.Fields[i].Name == field.Name {
			shown.Fields[i].Clear = value
		}
	}
	return h.write(w, http.StatusOK, "case", page)
}
