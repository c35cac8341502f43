package console

import (
	"context"
	"net/http"

	"github.com/haochaping/haochaping/internal/identity"
)

// Waiting gives what waits for a person on 首页; nothing is a good answer.
type Waiting interface {
	Waiting(ctx context.Context, of *identity.Staff) ([]Wait, error)
}

// Urgency says how much something presses.
type Urgency int

// Urgencies, from below.
const (
	Calm    Urgency = iota // to be known
	Soon                   // near its limit
	Overdue                // past it, or broken
)

// Class is it as the style sheet knows it.
func (u Urgency) Class() string {
	return [...]string{Calm: "calm", Soon: "soon", Overdue: "overdue"}[u]
}

// Word stands beside the colour.
func (u Urgency) Word() string {
	return [...]string{Calm: "", Soon: "临近时限", Overdue: "需尽快处理"}[u]
}

// Wait is one kind of thing that waits: 待核实 12.
type Wait struct {
	Label   string
	Count   int64
	Link    string // of the console; empty for none
	Urgency Urgency
}

type homePage struct {
	Frame
	Waits []Wait
	// Failed says that a part could not be read; the rest is shown all the same.
	Failed bool
	Region string   // whose public figures these are
	Today  []figure // of the person's scope
}

// home is GET /console.
func (h *Handler) home(w http.ResponseWriter, r *http.Request) error {
	page := homePage{Frame: h.frame(w, r, "首页"), Region: staff(r).Region}
	for _, source := range h.Needs.Waiting {
		waits, err := source.Waiting(r.Context(), staff(r))
		if err != nil {
			h.Log.Error("ask what waits", "error", err)
			page.Failed = true
			continue
		}
		page.Waits = append(page.Waits, waits...)
	}
	today, err := h.today(r.Context(), staff(r))
	if err != nil {
		h.Log.Error("ask for today's figures", "error", err)
		page.Failed = true
	}
	page.Today = today
	return h.write(w, http.StatusOK, "home", page)
}
