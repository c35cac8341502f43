package citizen

import (
	"net/http"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/web/view"
)

const (
	// thanksSeconds is how long the tablet thanks before it is ready for the next person.
	thanksSeconds = 8
	// refusalSeconds is how long it shows what went wrong: the staff must read it.
	refusalSeconds = 30
	// ready is where it waits for the next person.
	ready = "/ping/pb/ready.html"
	// longestWait is how old a review may be that waited on a tablet for the network.
	longestWait = 7 * 24 * time.Hour
	maxAhead    = 5 * time.Minute // contract.md 4
)

// forgetLast has the browser forget the pages of the last person, so that going back shows a fresh form. Where scripts run
// the page does so by itself.
func forgetLast(w http.ResponseWriter) { w.Header().Set("Clear-Site-Data", `"cache"`) }

func (h *Handler) showTablet(w http.ResponseWriter, r *http.Request) error {
	forgetLast(w)
	h.nameDevice(w, r)
	s, err := h.affairSubject(r, catalog.HallPad)
	if err != nil {
		return err
	}
	return h.showForm(w, r, s, drawing{tablet: true})
}

// rateTablet stores a review that nobody logged in for. The tablet's script asks for JSON and gets a bare status; without
// the script the page goes on to the thanks. Neither ever shows a review again: the next person stands there.
func (h *Handler) rateTablet(w http.ResponseWriter, r *http.Request) error {
	script := strings.Contains(r.Header.Get("Accept"), "application/json")
	s, err := h.affairSubject(r, catalog.HallPad)
	if err != nil {
		return err
	}
	values, err := readForm(w, r)
	if err != nil {
		return err
	}
	f, wrong := h.parse(r, values, s.EntityCode)
	if wrong.Text != "" && script {
		return fault.NewInvalidPage(wrong.Text)
	}
	if wrong.Text != "" {
		return h.showForm(w, r, s, drawing{form: f, problem: wrong, status: http.StatusUnprocessableEntity, tablet: true})
	}
	if err := h.limitSubmits(r); err != nil && script {
		return err
	} else if err != nil {
		return h.unsent(w, r, s, drawing{form: f, tablet: true}, err)
	}
	_, err = h.Reviews.Submit(r.Context(), h.review(s, f, nil, h.moment(f.at)))
	switch {
	case script && fault.KindOf(err) == fault.Conflict:
		w.WriteHeader(http.StatusConflict)
	case err != nil && script:
		return err
	case err != nil && fault.KindOf(err) != fault.Conflict:
		return h.unsent(w, r, s, drawing{form: f, tablet: true}, err)
	case err != nil:
		return h.tabletThanks(w, r, say(r, "该办件已评价过", "This has been rated already"), say(r, "感谢您的参与。", "Thank you all the same."))
	case script:
		w.WriteHeader(http.StatusNoContent)
	default:
		http.Redirect(w, r, "/ping/pb/thanks.html", http.StatusSeeOther)
	}
	return nil
}

// moment is when a review was made on the tablet: it may have waited for the network. A clock that can't be right is
// not believed.
func (h *Handler) moment(at string) time.Time {
	now := h.Now()
	made, _, real := beijing.Parse14(at)
	if !real || made.Before(now.Add(-longestWait)) || made.After(now.Add(maxAhead)) {
		return now
	}
	return made
}

type tabletThanks struct {
	view.Frame
	Heading, Text string
	Ready         bool
}

func (h *Handler) tabletThanks(w http.ResponseWriter, r *http.Request, heading, text string) error {
	frame := h.frame(r, heading)
	frame.Tablet, frame.Onward, frame.After = true, ready, thanksSeconds
	return h.write(w, r, http.StatusOK, "tablet-thanks", tabletThanks{frame, heading, text, false})
}

// tabletPage are the tablet's other pages: thanks, ready for the next person, and the form for when the network is gone,
// which rates whatever affair its address names.
func (h *Handler) tabletPage(w http.ResponseWriter, r *http.Request) error {
	switch r.PathValue("page") {
	case "thanks.html":
		return h.tabletThanks(w, r, say(r, "感谢您的评价", "Thank you"), say(r, "您的评价不会透露给被评价人。", "Whoever you rate never learns that it was you."))
	case "ready.html":
		forgetLast(w)
		frame := h.frame(r, say(r, "欢迎评价", "Welcome"))
		frame.Tablet = true
		return h.write(w, r, http.StatusOK, "tablet-thanks", tabletThanks{
			frame, say(r, "欢迎评价", "Welcome"), say(r, "办结后，工作人员会在这里为您打开评价页面。", "When you are done, the staff will open the rating page for you here."), true,
		})
	case "offline.html":
		s := &subject{Facts: review.Facts{EntityCode: "egovAffair", Kind: review.Affair}, what: say(r, "本次办理的业务", "What you came for")}
		return h.showForm(w, r, s, drawing{tablet: true})
	default:
		return h.nothing(w, r)
	}
}

// worker serves the service worker under its own scope.
func worker() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.URL.Path = view.AssetPrefix + "worker.js"
		// What a service worker may fetch is bounded by the policy of its own script.
		w.Header().Set("Content-Security-Policy", "default-src 'none'; connect-src 'self'")
		view.AssetHandler().ServeHTTP(w, r)
	})
}
