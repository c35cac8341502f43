package console

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/haochaping/haochaping/internal/fault"
	"golang.org/x/text/width"
)

// Kinds of inputs; a text is the one without a kind.
const (
	PasswordInput = "password"
	SelectInput   = "select"
	AreaInput     = "area"
	EmailInput    = "email"
	FileInput     = "file"
	CheckInput    = "check" // Value is what is sent; ticked when Chosen
	HiddenInput   = "hidden"
)

// Choice is one of what may be chosen.
type Choice struct{ Value, Text string }

// ChoiceGroup are choices of a select under one heading.
type ChoiceGroup struct {
	Label   string
	Choices []Choice
}

// Input is a field of a form.
type Input struct {
	Name, Label string
	// Hint says what to write, under the label.
	Hint  string
	Kind  string
	Value string
	// Choices are those of a select, the first one chosen when none is.
	Choices []Choice
	// Groups are further choices of a select, behind those.
	Groups []ChoiceGroup
	// List is what a second button at a select says: it sends the form only to have other fields offer what fits, as listField.
	List string
	// Suggest are offered while a text is typed: Value goes in, Text says what it is.
	Suggest  []Choice
	Chosen   bool   // a check is ticked
	Complete string // what browsers fill in
	Most     int    // characters
	Accept   string // of a file
	Required bool
	Focus    bool
	Many     bool   // files
	Fault    string // what is wrong with it
}

// Rows is how high an area is: what is in it shows, within reason.
func (i *Input) Rows() int { return min(max(4, strings.Count(i.Value, "\n")+2), 16) }

// Form is a form with what is wrong at its fields. Its template is "form".
type Form struct {
	Address string // where it is sent
	Send    string // what its button says
	Inputs  []Input
	// Danger draws the button as one that destroys.
	Danger bool
	// Problem is what is wrong with all of it.
	Problem string
	// Cancel is where to go instead; empty for nowhere.
	Cancel string
	// Also is a second thing to do, by POST: to log out.
	Also string
	// Files is set when it sends files, Lists when a button before the last one sends it: Enter still means the last one.
	Files, Lists bool
	kind         fault.Kind
}

// newForm makes a form; the violations of err, if it is one, stand at their fields, the rest above. Give it only faults.
func newForm(address, send string, err error, inputs ...Input) Form {
	f := Form{Address: address, Send: send, Inputs: inputs}
	for _, input := range inputs {
		f.Files = f.Files || input.Kind == FileInput
		f.Lists = f.Lists || input.List != ""
	}
	var is *fault.Error
	if !errors.As(err, &is) {
		return f
	}
	f.kind = is.Kind
	if len(is.Violations) == 0 {
		f.Problem = sentence(is)
	}
	focused := false
	for _, v := range is.Violations {
		at := slices.IndexFunc(f.Inputs, func(i Input) bool { return i.Name == v.Field })
		if at < 0 {
			f.Problem += v.Reason + "。"
			continue
		}
		if f.Inputs[at].Fault == "" {
			f.Inputs[at].Fault = v.Reason
		}
		for i := range f.Inputs {
			f.Inputs[i].Focus = f.Inputs[i].Focus && focused || i == at && !focused
		}
		focused = true
	}
	return f
}

// status is what a page with this form is answered with: 200, or what is wrong.
func (f *Form) status() int {
	if f.kind == fault.Internal {
		return http.StatusOK
	}
	status, _ := statusOf(f.kind)
	return status
}

// isFault says whether a form can show an error; anything else is for Handler.fail.
func isFault(err error) bool { return fault.KindOf(err) != fault.Internal }

// Confirmation asks once before something is done that can't be undone easily.
type Confirmation struct {
	Title string
	// Happens says what will happen, a line each.
	Happens []string
	// Send is what the button says: the act itself, 停用账号, never 确定.
	Send   string
	Cancel string
	Danger bool
}

type confirmPage struct {
	Frame
	Ask     Confirmation
	Address string
	Values  []Choice
}

// listField is sent by the button of Input.List.
const listField = "list"

// small reads a whole number as forms and addresses write it, and as Chinese keyboards do, in digits of full width. No version, count
// or state has more than 32 bits, nor has its column.
func small(text string) (int, error) {
	n, err := strconv.ParseInt(width.Fold.String(strings.TrimSpace(text)), 10, 32)
	return int(n), err
}

// sureField is sent by the page that asks.
const sureField = "sure"

// sure says whether the person has confirmed what he sent.
func sure(r *http.Request) bool { return r.PostFormValue(sureField) == "yes" }

// confirm draws the page that asks, which sends the same form again; use it as
//
//	if !sure(r) { return h.confirm(w, r, Confirmation{...}) }
func (h *Handler) confirm(w http.ResponseWriter, r *http.Request, c Confirmation) error {
	page := confirmPage{Frame: h.frame(w, r, c.Title), Ask: c, Address: r.URL.Path}
	if err := r.ParseForm(); err != nil {
		return fault.NewInvalidPage("提交的内容无法识别，请回到原来的页面重新操作")
	}
	for _, name := range slices.Sorted(maps.Keys(r.PostForm)) {
		for _, value := range r.PostForm[name] {
			if name != sureField {
				page.Values = append(page.Values, Choice{name, value})
			}
		}
	}
	return h.write(w, http.StatusOK, "confirm", page)
}

// faultOf is what an error says of a field.
func faultOf(err error, field string) string {
	var f *fault.Error
	if errors.As(err, &f) {
		for _, v := range f.Violations {
			if v.Field == field {
				return v.Reason
			}
		}
	}
	return ""
}
