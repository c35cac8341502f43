package citizen

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/web/view"
)

// pageOfMine is how many reviews one page of a person's own has.
const pageOfMine = 20

// card is a review as its author sees it.
type card struct {
	When, What, Place   string
	Drawn, Word, Spoken string
	Tags                []string
	Remark, Serial      string
	Unreadable          bool // what was said can't be opened
	State, Tone, Mark   string
	Story               *story // nil for a review without a case
}

// card draws a review; action is where its author answers when it has a case.
func (h *Handler) card(r *http.Request, own *review.Own, action string) (card, error) {
	lang := language(r)
	c := card{
		When: dateTime(r, own.EvalTime), What: own.ItemName, Remark: own.Remark, Unreadable: own.Unreadable, Serial: own.Serial,
		Drawn: strings.Repeat("★", own.Stars) + strings.Repeat("☆", 5-own.Stars), Word: view.StarWords(lang)[own.Stars-1],
		Spoken: say(r, strconv.Itoa(own.Stars)+"星", strconv.Itoa(own.Stars)+" of 5 stars"),
	}
	if c.What == "" {
		c.What = h.Entities.Name(own.EntityCode)
	}
	if hall, known := h.Halls.Hall(own.HallCode); known {
		c.Place = hall.Name
		if window, known := h.Halls.Window(own.WindowCode); known {
			c.Place += " · " + windowName(r, window)
		}
	}
	for _, id := range own.Tags {
		c.Tags = append(c.Tags, view.TagName(lang, id, h.Tags.Name(id)))
	}
	switch {
	case own.Unverified:
		c.State, c.Tone, c.Mark = say(r, "待核验：办件信息核对后计入统计", "To be verified: counts once the case is confirmed"), "warn", "◔"
	case own.Withdrawn:
		c.State, c.Tone, c.Mark = say(r, "经人工核查，没有计入统计。如有异议，请拨打12345热线。",
			"It was checked by a person and does not count. If you disagree, please call 12345."), "muted", "✕"
	case own.CaseState == string(followup.Pending):
		c.State, c.Tone, c.Mark = say(r, "待核实", "To be verified"), "warn", "◔"
	default:
		c.State, c.Tone, c.Mark = say(r, "已计入统计", "Counted"), "good", "✓"
	}
	var err error
	if c.Story, err = h.story(r, own, action); err != nil {
		return c, err
	}
	if c.Story != nil {
		c.State, c.Tone, c.Mark = c.Story.state, c.Story.tone, c.Story.mark
	}
	return c, nil
}

type minePage struct {
	view.Frame
	Done, Problem string // what became of an answer
	Reviews       []card
	Older         string
}

// mine lists a person's own reviews; who is not logged in may look one up by its receipt code.
func (h *Handler) mine(w http.ResponseWriter, r *http.Request) error {
	if _, ok := h.citizen(r); !ok && r.URL.Query().Get("login") != "" {
		h.requireLogin(w, r)
		return nil
	} else if !ok {
		return h.enter(w, r, http.StatusOK, "", "")
	}
	if kept, ok := h.takeForm(r); ok {
		return h.drawMine(w, r, &reply{status: http.StatusOK, words: kept.Get("words"), serial: kept.Get("serial")})
	}
	return h.drawMine(w, r, nil)
}

// drawMine draws the list for who is logged in, with an answer that was not taken, if there is one.
func (h *Handler) drawMine(w http.ResponseWriter, r *http.Request, failed *reply) error {
	citizen, _ := h.citizen(r)
	found, err := h.Reviews.ByPerson(r.Context(), citizen.UserID, readPosition(r.URL.Query().Get("after")), pageOfMine+1)
	if err != nil {
		return err
	}
	more := len(found) > pageOfMine
	found = found[:min(len(found), pageOfMine)]
	page, status := minePage{Frame: h.frame(r, view.Word(language(r), "mine")), Done: answered(r)}, http.StatusOK
	if failed != nil {
		page.Problem, status = failed.wrong, failed.status
	}
	for i := range found {
		c, err := h.card(r, &found[i], r.URL.RequestURI())
		if err != nil {
			return err
		}
		if failed != nil && c.Serial == failed.serial {
			page.Problem = failed.onto(&c)
			page.Done = cmp.Or(failed.kept(r, &c), page.Done)
		}
		page.Reviews = append(page.Reviews, c)
	}
	page.Form = formOfAnswer(page.Reviews)
	if more {
		last := found[len(found)-1]
		page.Older = withQuery("/ping/my.html", "after", strconv.FormatInt(last.EvalTime.UnixMicro(), 10)+"-"+last.Serial)
	}
	return h.write(w, r, status, "mine", page)
}

// readPosition reads where a page of a listing goes on; anything unreadable begins at the newest.
func readPosition(text string) *review.Position {
	micros, serial, _ := strings.Cut(text, "-")
	at, err := strconv.ParseInt(micros, 10, 64)
	if _, ours := review.SlotOfSerial(serial); err != nil || !ours {
		return nil
	}
	return &review.Position{EvalTime: time.UnixMicro(at), Serial: serial}
}

type enterPage struct {
	view.Frame
	Typed, Problem string
}

// enter draws the form for a receipt code, with what was typed and what is wrong with it.
func (h *Handler) enter(w http.ResponseWriter, r *http.Request, status int, typed, problem string) error {
	frame := h.frame(r, view.Word(language(r), "lookup"))
	frame.Here = home
	return h.write(w, r, status, "enter", enterPage{frame, typed, problem})
}

// enterReceipt goes from the form for a receipt code to the review.
func (h *Handler) enterReceipt(w http.ResponseWriter, r *http.Request) error {
	if !r.URL.Query().Has("code") {
		return h.enter(w, r, http.StatusOK, "", "")
	}
	typed := r.URL.Query().Get("code")
	code, ok := review.NormalizeReceipt(typed)
	if !ok {
		return h.enter(w, r, http.StatusUnprocessableEntity, typed,
			say(r, "回执码是12位字母和数字，请核对后重新输入。", "A receipt code has 12 letters and digits. Please check it."))
	}
	http.Redirect(w, r, receiptPath+code, http.StatusSeeOther) //nolint:gosec // code is 12 letters and digits
	return nil
}

type receiptPage struct {
	view.Frame
	Thanks, Again bool
	Next          string
	Done, Problem string // what became of an answer
	Code          string
	Review        card
}

// receipt shows one review to who holds its code.
func (h *Handler) receipt(w http.ResponseWriter, r *http.Request) error {
	if err := h.limitLooks(r); err != nil {
		return err
	}
	own, err := h.Reviews.ByReceipt(r.Context(), r.PathValue("code"))
	if fault.KindOf(err) == fault.Missing {
		code, _ := review.NormalizeReceipt(r.PathValue("code"))
		return h.enter(w, r, http.StatusNotFound, review.FormatReceipt(code), noSuchCode(r))
	}
	if err != nil {
		return err
	}
	if kept, ok := h.takeForm(r); ok {
		return h.drawReceipt(w, r, &own, &reply{status: http.StatusOK, words: kept.Get("words"), serial: own.Serial})
	}
	return h.drawReceipt(w, r, &own, nil)
}

func noSuchCode(r *http.Request) string {
	return say(r, "没有这个回执码对应的评价，请核对后重新输入。", "There is no review with this code. Please check it.")
}

// drawReceipt draws one review, with an answer that was not taken, if there is one.
func (h *Handler) drawReceipt(w http.ResponseWriter, r *http.Request, own *review.Own, failed *reply) error {
	shown, err := h.card(r, own, receiptPath+own.Code)
	if err != nil {
		return err
	}
	query, status := r.URL.Query(), http.StatusOK
	page := receiptPage{
		Thanks: query.Get("new") != "", Again: query.Get("again") != "", Done: answered(r), Code: review.FormatReceipt(own.Code), Review: shown,
	}
	page.Frame = h.frame(r, view.Word(language(r), "yours"))
	page.Here = receiptPath + own.Code
	if failed != nil {
		status, page.Problem = failed.status, failed.onto(&page.Review)
		page.Done = cmp.Or(failed.kept(r, &page.Review), page.Done)
	}
	page.Form = formOfAnswer([]card{page.Review})
	switch {
	case page.Thanks && page.Review.Story != nil:
		page.Next = say(r, "很抱歉没有让您满意。", "We are sorry. ") + page.Review.Story.Next
		page.Review.Story.Next = ""
	case page.Thanks && review.Bad(own.Stars) && !own.Unverified:
		page.Next = say(r, "很抱歉没有让您满意。您的评价会交给主管部门核实，不由被评价人处理。",
			"We are sorry. The department in charge, never the person you rated, will look into it.")
	case page.Thanks:
		page.Next = say(r, "您的意见会帮助我们做得更好。", "What you said helps us do better.")
	case page.Again && (own.Kind == review.Window || own.Kind == review.Guide):
		page.Next = say(r, "窗口和办事指南每人每天评价一次，改天可以再评。", "A counter or a guide can be rated once a day by each person. You are welcome to rate it on another day.")
	case page.Again && own.Kind == review.Affair:
		page.Next = say(r, "每个办件每人评价一次。", "A case can be rated once by each person.")
	}
	return h.write(w, r, status, "review", page)
}
