package console

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/moderation"
	"github.com/haochaping/haochaping/internal/web/view"
)

// Values of the choice.
const (
	publishChoice  = "publish"
	maskChoice     = "mask"
	withholdChoice = "withhold"
)

var choiceStates = map[string]moderation.State{
	publishChoice: moderation.Published, maskChoice: moderation.Masked, withholdChoice: moderation.Withheld,
}

// remarkWord is a word of the list in a remark, which may be masked or left.
type remarkWord struct {
	Text, Value string
	Chosen      bool
}

// ruling is a decision that was made before.
type ruling struct {
	moderation.Decided
	StateName string
}

type remarkPage struct {
	Frame
	Remark remarkRow
	Fields []fact
	// Shown is what the public sees now; empty for nothing.
	Shown    string
	Rulings  []ruling // last first
	May      bool     // decide
	Personal []string // what is masked in any case
	Words    []remarkWord
	// Choice, Phrases and Reason are what was sent, Faults what is wrong with it, by field.
	Choice, Phrases, Reason, Problem string
	Faults                           map[string]string
}

// showRemark is GET /console/moderation/{remark}.
func (h *Handler) showRemark(w http.ResponseWriter, r *http.Request) error {
	page, err := h.remarkPage(w, r)
	if err != nil {
		return err
	}
	return h.write(w, http.StatusOK, "moderation-remark", page)
}

func (h *Handler) remarkPage(w http.ResponseWriter, r *http.Request) (*remarkPage, error) {
	item, decided, err := h.Moderation.Item(r.Context(), r.PathValue("remark"), moderation.Bounds(staff(r).Bounds()))
	if err != nil {
		return nil, err
	}
	row := h.remarkRow(&item)
	page := &remarkPage{
		Frame: h.frame(w, r, "审核评价内容"), Remark: row, May: staff(r).May(identity.Moderate), Choice: maskChoice, Faults: map[string]string{},
		Fields: []fact{
			{"流水号", item.Serial}, {"评价的事项", row.What}, {"单位", row.Place}, {"收到时间", view.Moment(item.ReceivedAt)}, {"现在", row.StateName},
		},
		Shown: item.Publication.Shown(item.Remark),
	}
	if len(item.Findings) == 0 {
		page.Choice = publishChoice
	}
	if item.Unreadable {
		page.Choice = withholdChoice
	}
	runes := []rune(item.Remark)
	for _, f := range item.Findings {
		if f.Kind != moderation.Word {
			if name := f.Kind.String(); !slices.Contains(page.Personal, name) {
				page.Personal = append(page.Personal, name)
			}
			continue
		}
		word := remarkWord{Text: string(runes[f.From:f.To]), Value: fmt.Sprintf("%d-%d", f.From, f.To)}
		for _, span := range item.Publication.Spans {
			word.Chosen = word.Chosen || span.From <= f.From && f.To <= span.To
		}
		page.Words = append(page.Words, word)
	}
	name := h.staffNames(r.Context())
	for _, d := range slices.Backward(decided) {
		d.Actor = name(d.Actor)
		page.Rulings = append(page.Rulings, ruling{d, d.Publication.State.String()})
	}
	return page, nil
}

// decideRemark is POST /console/moderation/{remark}.
func (h *Handler) decideRemark(w http.ResponseWriter, r *http.Request) error {
	page, err := h.remarkPage(w, r)
	if err != nil {
		return err
	}
	page.Choice, page.Phrases, page.Reason = r.PostFormValue("decision"), r.PostFormValue("phrases"), r.PostFormValue("reason")
	choice := moderation.Choice{State: choiceStates[page.Choice]}
	if choice.State == moderation.Masked {
		choice.Phrases = strings.Split(strings.TrimSpace(page.Phrases), "\n")
		chosen := r.PostForm["span"]
		for i := range page.Words {
			page.Words[i].Chosen = slices.Contains(chosen, page.Words[i].Value)
		}
		choice.Spans = page.Remark.spans(page.Words)
	}
	by := moderation.Actor{Login: staff(r).Login, Bounds: moderation.Bounds(staff(r).Bounds())}
	err = h.Moderation.Decide(r.Context(), by, page.Remark.Serial, seenVersion(r), choice, page.Reason)
	switch {
	case err == nil:
		return h.done(w, r, moderationPath, "已决定："+choice.State.String()+"。")
	case !isFault(err) || isMissing(err):
		return err
	}
	form := newForm("", "", err, Input{Name: "decision"}, Input{Name: "spans"}, Input{Name: "phrases"}, Input{Name: "reason"})
	for _, input := range form.Inputs {
		page.Faults[input.Name] = input.Fault
	}
	page.Problem = form.Problem
	return h.write(w, form.status(), "moderation-remark", page)
}

// spans are all that identifies somebody, and the chosen words.
func (r *remarkRow) spans(words []remarkWord) (spans moderation.Spans) {
	for _, f := range r.Findings {
		if f.Kind != moderation.Word {
			spans = append(spans, moderation.Span{From: f.From, To: f.To})
			continue
		}
		value := fmt.Sprintf("%d-%d", f.From, f.To)
		if slices.ContainsFunc(words, func(w remarkWord) bool { return w.Chosen && w.Value == value }) {
			spans = append(spans, moderation.Span{From: f.From, To: f.To})
		}
	}
	return spans
}
