package citizen

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/web/respond"
	"github.com/haochaping/haochaping/internal/web/view"
)

// Limits of a form.
const (
	maxPosted = 16 << 10 // bytes
	maxRemark = 150      // characters (3.4.2.4)
	maxTags   = 20       // contract.md 4
)

// subject is what a page rates: a review without its verdict, and what the page says of it.
type subject struct {
	review.Facts
	place, officer, what, done string
	action                     string // where the form goes; empty: the page's own address
}

// ratePage is the rating page.
type ratePage struct {
	view.Frame
	Problem                    problem
	Kept                       bool
	Place, Officer, What, Done string
	Action, Question           string
	Stars                      int
	Levels                     []level
	Remark                     string
}

// form is what was chosen and written.
type form struct {
	stars  int
	tags   []string
	remark string
	at     string
}

// problem says what is missing or wrong, and where: "stars", "remark", or "" for the whole.
type problem struct{ Field, Text string }

// drawing is how a form is drawn.
type drawing struct {
	form    form
	problem problem
	status  int  // 0 is 200
	kept    bool // what was typed before a login
	tablet  bool
}

// showForm draws the rating page with what was filled in before, if anything.
func (h *Handler) showForm(w http.ResponseWriter, r *http.Request, s *subject, d drawing) error {
	question := say(r, "您对本次服务满意吗？", "How was this service?")
	if s.Kind == review.Guide {
		question = say(r, "您对这份办事指南满意吗？", "How good is this guide?")
	}
	frame := h.frame(r, say(r, "评价", "Rate"))
	if frame.Tablet = d.tablet; !d.tablet {
		frame.Form = "rate"
	}
	levels, err := h.levels(r, s.EntityCode, d.form)
	if err != nil {
		return err
	}
	return h.write(w, r, cmp.Or(d.status, http.StatusOK), "rate", ratePage{
		Frame: frame, Problem: d.problem, Kept: d.kept, Place: s.place, Officer: s.officer, What: s.what, Done: s.done,
		Action: s.action, Question: question, Stars: d.form.stars, Levels: levels, Remark: d.form.remark,
	})
}

// readForm reads what was sent; a fault of it is a fault of the page, not of the person.
func readForm(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxPosted)
	var large *http.MaxBytesError
	if err := r.ParseForm(); errors.As(err, &large) {
		return nil, fault.NewInvalidPage(say(r, "您写的内容太长了，请返回删减后再提交。", "What you wrote is too long. Please go back, shorten it and submit again."))
	} else if err != nil {
		return nil, fault.NewInvalidPage(say(r, "提交的内容没有收完整，请返回重新提交。", "What was sent did not arrive whole. Please go back and submit again."))
	}
	for name, values := range r.PostForm {
		if name != "remark" && !respond.ReadableValues(url.Values{name: values}) { // a remark is told by its form
			return nil, fault.NewInvalidPage(say(r, "提交的内容里有无法识别的字符，请返回重新填写。",
				"What was sent holds characters that can't be read. Please go back and fill in the form again."))
		}
	}
	return r.PostForm, nil
}

// parse takes a form's values. What does not belong to the chosen star is left out: a person may have changed his mind.
func (h *Handler) parse(r *http.Request, values url.Values, entity string) (f form, wrong problem) {
	f.remark = strings.TrimSpace(strings.ReplaceAll(values.Get("remark"), "\r\n", "\n"))
	f.at = values.Get("at")
	if text := values.Get("stars"); len(text) == 1 && text[0] >= '1' && text[0] <= '5' {
		f.stars = int(text[0] - '0')
	}
	for _, id := range values["tag"] {
		if len(f.tags) < maxTags && !slices.Contains(f.tags, id) && h.Tags.Valid(id, entity, f.stars) {
			f.tags = append(f.tags, id)
		}
	}
	switch {
	case f.stars == 0:
		wrong = problem{"stars", view.Word(language(r), "choose star")}
	case !utf8.ValidString(f.remark) || strings.ContainsRune(f.remark, 0):
		f.remark = ""
		wrong = problem{"remark", say(r, "这里有无法识别的字符，请重新填写。", "What you wrote holds characters that can't be read. Please write it again.")}
	case utf8.RuneCountInString(f.remark) > maxRemark:
		wrong = problem{"remark", view.Word(language(r), "too long")}
	}
	return f, wrong
}

// submitAs stores a citizen's review and shows its receipt.
func (h *Handler) submitAs(w http.ResponseWriter, r *http.Request, s *subject) error {
	values, err := readForm(w, r)
	if err != nil {
		return err
	}
	citizen, ok := h.citizen(r)
	if !ok {
		return h.expired(w, r, address(r), values)
	}
	f, wrong := h.parse(r, values, s.EntityCode)
	if wrong.Text != "" {
		return h.showForm(w, r, s, drawing{form: f, problem: wrong, status: http.StatusUnprocessableEntity})
	}
	if err := h.limitSubmits(r); err != nil {
		return h.unsent(w, r, s, drawing{form: f}, err)
	}
	made := h.review(s, f, &citizen, h.Now())
	made.Origin = h.origin(w, r)
	receipt, err := h.Reviews.Submit(r.Context(), made)
	switch {
	case fault.KindOf(err) == fault.Conflict:
		return h.already(w, r, receipt)
	case err != nil:
		return h.unsent(w, r, s, drawing{form: f}, err)
	}
	http.Redirect(w, r, withQuery(receiptPath+receipt.Code, "new", "1"), http.StatusSeeOther)
	return nil
}

// review puts together what was chosen, by whom (nil on the tablet), and when.
func (h *Handler) review(s *subject, f form, citizen *identity.Citizen, at time.Time) review.Review {
	r := review.Review{Facts: s.Facts, WantsReceipt: true}
	r.Stars, r.Tags, r.Remark, r.EvalTime = f.stars, f.tags, f.remark, at.Truncate(time.Second)
	r.OfficerName = s.officerName()
	if citizen != nil {
		r.UserID, r.UserName, r.ContactPhone = citizen.UserID, citizen.Name, citizen.Phone
		r.PassportName, r.CertificateNo = citizen.Passport, citizen.CertificateNo
		r.UserType, r.CertificateType = &citizen.UserType, &citizen.CertificateType
	}
	return r
}

func (s *subject) officerName() string {
	name, _, _ := strings.Cut(s.officer, "（")
	return name
}

// already shows the earlier review; where it was made elsewhere and has no receipt, its serial number and the way to it.
func (h *Handler) already(w http.ResponseWriter, r *http.Request, receipt review.Receipt) error {
	if _, err := h.Reviews.ByReceipt(r.Context(), receipt.Code); err == nil {
		http.Redirect(w, r, withQuery(receiptPath+receipt.Code, "again", "1"), http.StatusSeeOther)
		return nil
	}
	heading := view.Word(language(r), "again")
	return h.write(w, r, http.StatusOK, "plain", plainPage{
		h.frame(r, heading), heading, say(r, "首次评价的流水号是 "+receipt.Serial+"。", "Your first review has the serial number "+receipt.Serial+"."),
		&link{home, view.Word(language(r), "mine")},
	})
}

// unsent keeps what was written when the review can't be stored now.
func (h *Handler) unsent(w http.ResponseWriter, r *http.Request, s *subject, d drawing, err error) error {
	var later *fault.Error
	if !errors.As(err, &later) || later.Kind != fault.Unavailable && later.Kind != fault.TooMany {
		return err
	}
	d.status, _ = statusOf(r, later.Kind)
	d.problem.Text = later.Message
	switch {
	case later.Undecided:
		d.problem.Text = say(r, "没有收到保存成功的确认。请再点一次提交，不会重复计入。", "We could not tell whether it was stored. Please submit once more: it counts once.")
	case later.Kind == fault.Unavailable:
		d.problem.Text = say(r, "系统正忙，评价还没有提交。请稍后再点一次提交。", "The system is busy and nothing was stored. Please submit once more in a moment.")
	}
	h.Log.Warn("page could not submit", "requestId", respond.RequestID(w), "status", d.status, "error", err)
	if later.RetryAfter > 0 {
		respond.RetryAfter(w, later.RetryAfter)
	}
	return h.showForm(w, r, s, d)
}

// expired keeps what was typed at an address and asks to log in again: a session may end in the middle of writing.
func (h *Handler) expired(w http.ResponseWriter, r *http.Request, to string, values url.Values) error {
	heading := say(r, "请重新登录", "Please log in again")
	text := say(r, "登录已过期。您填写的内容已经保留，登录后核对一下再提交。", "Your session has ended. What you wrote is kept: log in, check it and submit.")
	if !h.keepForm(r, to, values) { // longer than any form of ours
		text = say(r, "登录已过期，登录后请重新填写。", "Your session has ended. Please log in and write once more.")
	}
	return h.write(w, r, http.StatusUnauthorized, "plain", plainPage{
		h.frame(r, heading), heading, text,
		&link{withQuery(loginPath, "to", to), say(r, "重新登录", "Log in")},
	})
}

// show draws the rating page for who is logged in, or what he said if he has rated it already; whoever is not goes to the login and
// comes back.
func (h *Handler) show(w http.ResponseWriter, r *http.Request, s *subject) error {
	citizen, ok := h.requireLogin(w, r)
	if !ok {
		return nil
	}
	first, rated, err := h.Reviews.Rated(r.Context(), h.review(s, form{}, &citizen, h.Now()))
	if err != nil {
		return err
	}
	if rated {
		return h.already(w, r, first)
	}
	if kept, ok := h.takeForm(r); ok {
		f, _ := h.parse(r, kept, s.EntityCode)
		return h.showForm(w, r, s, drawing{form: f, kept: true})
	}
	return h.showForm(w, r, s, drawing{})
}

// channelOf tells the ways of the web apart by what the browser says of itself (domain.md 7).
func channelOf(r *http.Request) string {
	agent := strings.ToLower(r.UserAgent())
	switch {
	case strings.Contains(agent, "miniprogram"), strings.Contains(agent, "yss"):
		return catalog.Yss
	case strings.Contains(agent, "micromessenger"):
		return catalog.Wechat
	default:
		return catalog.Portal
	}
}

// dateTime writes a moment for people: 2026年11月24日 14:05.
func dateTime(r *http.Request, t time.Time) string {
	if language(r) == view.English {
		return t.In(beijing.Zone).Format("2 January 2006, 15:04")
	}
	return beijing.FormatMinute(t)
}
