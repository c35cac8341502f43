package citizen

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/web/view"
)

// answers are what the buttons of the form send.
var answers = map[string]followup.Move{"satisfied": followup.Satisfied, "unsatisfied": followup.Complain, "reopen": followup.Reopen}

// answer takes what the author of a review says about how it was dealt with. It gives what is wrong with it in words, and the
// status for that; no words when it was taken.
func (h *Handler) answer(r *http.Request, own *review.Own, values url.Values) (wrong string, status int, err error) {
	nothing := fault.NewMissing(say(r, "这条评价没有需要答复的工单。", "There is nothing to answer."))
	if h.Cases == nil {
		return "", 0, nothing
	}
	version, ok := readVersion(values.Get("version"))
	move := answers[values.Get("answer")]
	if !ok || move == "" {
		return say(r, "请选择满意或不满意，再提交一次。", "Please say whether you are satisfied."), http.StatusUnprocessableEntity, nil
	}
	if !h.mayAnswer(r) {
		return say(r, "提交得太频繁了，答复还没有提交。请等一分钟，再提交一次。", "That was too often, and nothing was stored. Please wait a minute and submit once more."),
			http.StatusTooManyRequests, nil
	}
	words := values.Get("words")
	if move == followup.Satisfied {
		words = "" // what is wrong was not to be said after all
	}
	err = h.Cases.Answer(r.Context(), own.Serial, version, move, words)
	switch fault.KindOf(err) {
	case fault.Invalid:
		return say(r, "请写明哪里不满意，最多500字。", "Please say what is not good, in at most 500 characters."), http.StatusUnprocessableEntity, nil
	case fault.Conflict:
		return say(r, "工单刚刚有了变化，您的答复没有提交。请看看下面的最新情况。", "The case has just gone on, and your answer was not stored. Please look at how it stands now."), http.StatusConflict, nil
	case fault.Unavailable:
		h.Log.Warn("page could not store an answer", "error", err)
		if fault.IsUndecided(err) {
			return say(r, "没有收到保存成功的确认。请再提交一次，不会重复记录。", "We could not tell whether it was stored. Please submit once more: it is taken once."),
				http.StatusServiceUnavailable, nil
		}
		return say(r, "系统正忙，答复还没有提交。请稍后再提交一次。", "The system is busy and nothing was stored. Please submit once more in a moment."),
			http.StatusServiceUnavailable, nil
	case fault.Missing:
		return "", 0, nothing
	case fault.Internal, fault.Untrusted, fault.TooMany:
	}
	return "", 0, err
}

// readVersion reads the version of the case that the page showed.
func readVersion(text string) (int, bool) {
	n, err := strconv.ParseInt(text, 10, 32) // as its column has it
	return int(n), err == nil && n >= 0
}

// mayAnswer bounds answers as reviews are bounded.
func (h *Handler) mayAnswer(r *http.Request) bool { return h.limitSubmits(r) == nil }

// answerReceipt is POST /ping/r/{code}: an answer by who holds the receipt code.
func (h *Handler) answerReceipt(w http.ResponseWriter, r *http.Request) error {
	if err := h.limitLooks(r); err != nil {
		return err
	}
	values, err := readForm(w, r)
	if err != nil {
		return err
	}
	own, err := h.Reviews.ByReceipt(r.Context(), r.PathValue("code"))
	if fault.KindOf(err) == fault.Missing {
		return fault.NewMissing(noSuchCode(r))
	}
	if err != nil {
		return err
	}
	wrong, status, err := h.answer(r, &own, values)
	if err != nil {
		return err
	}
	if wrong == "" {
		http.Redirect(w, r, withQuery(receiptPath+own.Code, "answered", "1"), http.StatusSeeOther)
		return nil
	}
	return h.drawReceipt(w, r, &own, &reply{wrong: wrong, status: status, words: values.Get("words"), serial: own.Serial})
}

// answerMine is POST /ping/my.html: an answer by who is logged in, to one of his own reviews.
func (h *Handler) answerMine(w http.ResponseWriter, r *http.Request) error {
	values, err := readForm(w, r)
	if err != nil {
		return err
	}
	citizen, ok := h.citizen(r)
	if !ok {
		return h.expired(w, r, address(r), values)
	}
	at, _ := strconv.ParseInt(values.Get("at"), 10, 64)
	serial := values.Get("serial")
	found, err := h.Reviews.ByPerson(r.Context(), citizen.UserID, &review.Position{EvalTime: time.UnixMicro(at), Serial: serial + "~"}, 1)
	if err != nil {
		return err
	}
	if len(found) == 0 || found[0].Serial != serial || serial == "" {
		return fault.NewMissing(say(r, "没有找到您的这条评价，请在“我的评价”中查看。", "This is no review of yours. Please look at “My reviews”."))
	}
	wrong, status, err := h.answer(r, &found[0], values)
	if err != nil {
		return err
	}
	if wrong == "" {
		http.Redirect(w, r, withQuery("/ping/my.html", "answered", "1"), http.StatusSeeOther)
		return nil
	}
	return h.drawMine(w, r, &reply{wrong: wrong, status: status, words: values.Get("words"), serial: serial})
}

// reply is an answer that was not taken, or written before a login or another language (nothing is wrong with it), for its page: what
// was written stays.
type reply struct {
	wrong, words, serial string
	status               int
}

// onto puts it into the form of its review; where there is none any more it gives what the page is to say above all.
func (p *reply) onto(c *card) string {
	if p == nil || c.Serial != p.serial {
		return ""
	}
	if c.Story == nil || c.Story.Action == "" {
		return p.wrong
	}
	c.Story.Problem, c.Story.Words = p.wrong, p.words
	return ""
}

// kept is what the page says where nothing is wrong and what was written is there again.
func (p *reply) kept(r *http.Request, c *card) string {
	if p.wrong != "" || c.Story == nil || c.Story.Words == "" {
		return ""
	}
	return view.Word(language(r), "kept")
}

// formOfAnswer is the form of which nothing is lost when type or language change. A button sends one form: that is the one that holds
// something, else the first that asks for an answer, else the first that takes one. Where scripts run it is the one written in last.
func formOfAnswer(cards []card) string {
	best, form := 0, ""
	for _, c := range cards {
		if c.Story == nil || c.Story.Action == "" {
			continue
		}
		rank := 1
		switch {
		case c.Story.Words != "":
			rank = 3
		case c.Story.MayAnswer:
			rank = 2
		}
		if rank > best {
			best, form = rank, "a-"+c.Serial
		}
	}
	return form
}

// answered is what a page says after an answer was taken.
func answered(r *http.Request) string {
	if r.URL.Query().Get("answered") == "" {
		return ""
	}
	return view.Word(language(r), "answered")
}
