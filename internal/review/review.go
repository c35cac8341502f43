// Package review is the heart of the house: one person's verdict on one subject, its identity, and the way it is
// stored once and for good (contract.md 4 and 6).
package review

import (
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/haochaping/haochaping/internal/moderation"
)

// Kind is what is judged.
type Kind string

// The kinds of the specification's interfaces (3.4.2, 3.4.3, 3.4.4).
const (
	Affair  Kind = "affair"  // 已办事项
	Guide   Kind = "guide"   // 办事指南
	Hotline Kind = "hotline" // 热线工单
)

// Window is the service of a window as such (窗口服务), judged on our own pages.
const Window Kind = "window"

// Review is what a citizen said and what the business system told about it.
type Review struct {
	Facts
	Personal
	Origin Origin
	// WantsReceipt asks for a receipt code: a review made on our own pages, whose author holds nothing else.
	WantsReceipt bool
}

// Origin is where a review made on our own pages came from: which device, by a name of a day, and which network address. Only keyed hashes that
// differ from day to day are kept, for some weeks; both are empty for reviews that others send.
type Origin struct{ Device, Address string }

// Facts are what is stored as it is and counted. A zero time means that it was not told.
type Facts struct {
	AppCode    string // the integrator's, at most 10 characters
	EntityCode string // evaluation object, specification 4.1
	Channel    string // derived, domain.md 7
	Kind       Kind
	Subject    string // affairSerialNo, the guide's affairCode, workOrderId, or the window's code
	ItemCode   string // affairCode; empty for the hotline and for a window as such
	ItemName   string
	// DepartmentCode owns the item or dealt with the work order.
	DepartmentCode string
	DepartmentName string
	// RegionCode is as it was sent (hotline), or the hall's; where the review counts is decided by Placement.
	RegionCode string
	HallCode   string // where it was judged on the spot, or its affair handled; empty elsewhere
	WindowCode string
	WorkNo     string // the officer's number: hotline, or in the hall
	// Stars are 1..5: the verdict as a whole. A work order has two verdicts, on taking the call and on dealing with
	// it; the lower one is the whole, so that neither hides the other.
	Stars       int
	AcceptStars int // hotline: the officer who took the call
	DealStars   int // hotline: the department that dealt with it
	Tags        []string
	// UserType is 0 for a person and 1 for a company, CertificateType 0..999; nil when not told.
	UserType        *int
	CertificateType *int
	// Unverified (待核验) is a review of an affair that nothing vouches for yet. It is kept, opens no case, and does not
	// count until the affair is known.
	Unverified bool
	EvalTime   time.Time
	ApplyTime  time.Time // affairApplyTime, or the hotline's acceptTime
	DealTime   time.Time // hotline's dealTime
	DoneTime   time.Time // affairDoneTime, or the hotline's doneTime
}

// Personal is what is sealed before it reaches the store. The short keys are the sealed text's own.
type Personal struct {
	UserID        string `json:"u,omitempty"`
	UserName      string `json:"n,omitempty"`
	ContactPhone  string `json:"t,omitempty"`
	PassportName  string `json:"p,omitempty"`
	CertificateNo string `json:"c,omitempty"`
	OfficerName   string `json:"o,omitempty"`
	Remark        string `json:"r,omitempty"`
	AcceptRemark  string `json:"ra,omitempty"`
	DealRemark    string `json:"rd,omitempty"`
}

// usualPersonal is how long the text of the sealed fields of most reviews is at most.
const usualPersonal = 320

// appendJSON writes the text that is sealed as encoding/json would, which looks the fields up anew for every review. Bytes that
// are no UTF-8 are replaced.
func (p *Personal) appendJSON(to []byte) []byte {
	to = append(to, '{')
	for _, field := range [...]struct{ name, value string }{
		{`"u":`, p.UserID},
		{`"n":`, p.UserName},
		{`"t":`, p.ContactPhone},
		{`"p":`, p.PassportName},
		{`"c":`, p.CertificateNo},
		{`"o":`, p.OfficerName},
		{`"r":`, p.Remark},
		{`"ra":`, p.AcceptRemark},
		{`"rd":`, p.DealRemark},
	} {
		if field.value == "" {
			continue
		}
		if len(to) > 1 {
			to = append(to, ',')
		}
		to, _ = jsontext.AppendQuote(append(to, field.name...), field.value) // its error only says that bytes were replaced
	}
	return append(to, '}')
}

// Person is who judges: the user id, or the telephone number where the hotline knows nothing else (contract.md 6).
// Empty for the tablet on the counter.
func (p Personal) Person() string {
	if p.UserID != "" {
		return p.UserID
	}
	return p.ContactPhone
}

// Said is all that the person wrote: the remark, or both remarks of a work order, one below the other.
func (p Personal) Said() string {
	said := p.Remark
	for _, more := range []string{p.AcceptRemark, p.DealRemark} {
		if more != "" {
			said = strings.TrimSpace(said + "\n" + more)
		}
	}
	return said
}

// persons are what a remark may say of the reviewer and the officer.
func (p Personal) persons() *moderation.Persons {
	return &moderation.Persons{
		Names:   []string{p.UserName, p.OfficerName, p.PassportName},
		Numbers: []string{p.CertificateNo, p.ContactPhone, p.UserID},
	}
}

// Bad says whether a verdict is bad: 1 or 2 stars (domain.md 2).
func Bad(stars int) bool { return stars <= 2 }

// Flag marks a record whose data is doubtful. Flagged records are accepted and counted, and counted per app.
type Flag int

const (
	// TimesOutOfOrder says that applied, dealt with and done did not come in this order (contract.md 4).
	TimesOutOfOrder Flag = 1 << iota
	// OtherDepartment says that the affair is another department's than the review tells.
	OtherDepartment
	// DoneAfterReview says that the affair was done only after the review.
	DoneAfterReview
)

// Flags finds what is doubtful about the facts.
func (f *Facts) Flags() Flag {
	last := time.Time{}
	for _, at := range []time.Time{f.ApplyTime, f.DealTime, f.DoneTime} {
		if at.IsZero() {
			continue
		}
		if at.Before(last) {
			return TimesOutOfOrder
		}
		last = at
	}
	return 0
}

// Receipt is the answer to a submission that is on disk.
type Receipt struct {
	// Serial is the review's public number (affairEvalId), at most 20 characters.
	Serial string
	// Known says that the same submission was stored before; Serial is then the first one's.
	Known bool
	// Code is the receipt code (see ReceiptCode), for a review that asked for one.
	Code string
}
