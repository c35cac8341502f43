package review

import (
	"context"
	"strings"
	"time"
	"unicode"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/privacy"
)

// A receipt code has 12 characters: the slot, then 55 bits that only the index key can make from the serial number.
const receiptLength = 12

// receiptCode is the code that the author of a review holds, for ever the same for one serial number.
func receiptCode(b *privacy.Blinder, serial string) string {
	digest := b.Digest("receipt", serial)
	var code strings.Builder
	code.WriteByte(serial[slotPosition])
	for _, n := range digest[:receiptLength-1] {
		code.WriteByte(alphabet[n%32])
	}
	return code.String()
}

// FormatReceipt writes a receipt code as people read it: 7K3M-9QXW-2PFA.
func FormatReceipt(code string) string {
	if len(code) != receiptLength {
		return code
	}
	return code[:4] + "-" + code[4:8] + "-" + code[8:]
}

// NormalizeReceipt reads a receipt code as people type it: any case, full width as well, with dashes or blanks, O for 0, I and L for 1;
// false when it is none.
func NormalizeReceipt(text string) (string, bool) {
	if len(text) > 8*receiptLength {
		return "", false
	}
	text = strings.Map(func(r rune) rune {
		if r > '\uFF00' && r < '\uFF5F' { // full width
			r -= '\uFF01' - '!'
		}
		switch r = unicode.ToUpper(r); {
		case unicode.IsSpace(r), unicode.Is(unicode.Pd, r):
			return -1
		case r == 'O':
			return '0'
		case r == 'I', r == 'L':
			return '1'
		default:
			return r
		}
	}, text)
	if len(text) != receiptLength {
		return "", false
	}
	for i := range len(text) {
		if strings.IndexByte(alphabet, text[i]) < 0 {
			return "", false
		}
	}
	return text, true
}

// ReceiptKeyOf is the key by which the receipt of a review is found, if it has one.
func ReceiptKeyOf(b *privacy.Blinder, serial string) privacy.Digest {
	return receiptKey(b, receiptCode(b, serial))
}

// receiptKey is what is stored of a receipt code.
func receiptKey(b *privacy.Blinder, code string) privacy.Digest {
	return b.Digest("receipt code", code)
}

// OwnListed is a stored review as its author may have it, still sealed.
type OwnListed struct {
	Listed
	Kind                 Kind
	Subject              string
	HallCode, WindowCode string
	Unverified           bool
	Withdrawn            bool   // taken out of the figures
	CaseState            string // empty when there is no case
}

// Own is a review as its author sees it.
type Own struct {
	Serial               string
	Code                 string // receipt code; it opens this review only when the review was made with one
	Kind                 Kind
	Subject              string // see Facts
	EntityCode           string
	ItemName             string
	HallCode, WindowCode string
	Stars                int
	Tags                 []string
	Remark               string
	Unreadable           bool // what was said can't be opened; Remark is empty then
	EvalTime             time.Time
	Unverified           bool
	Withdrawn            bool   // taken out of the figures
	CaseState            string // followup.State; empty when there is no case
}

// ByReceipt finds the review that a receipt code was given for; fault.Missing when there is none.
func (s *Service) ByReceipt(ctx context.Context, text string) (Own, error) {
	missing := fault.NewMissing("没有这个回执码对应的评价，请核对后重新输入")
	code, ok := NormalizeReceipt(text)
	if !ok {
		return Own{}, missing
	}
	found, ok, err := s.store.ByReceipt(ctx, strings.IndexByte(alphabet, code[0]), receiptKey(s.blinder, code))
	if err != nil {
		return Own{}, err
	}
	if !ok {
		return Own{}, missing
	}
	return s.own(&found)
}

// ByPerson lists a person's reviews, newest first, older than after when it is given.
func (s *Service) ByPerson(ctx context.Context, person string, after *Position, limit int) ([]Own, error) {
	found, err := s.store.ByPerson(ctx, PersonIndex(s.blinder, person), after, limit)
	if err != nil {
		return nil, err
	}
	reviews := make([]Own, len(found))
	for i := range found {
		if reviews[i], err = s.own(&found[i]); err != nil {
			return nil, err
		}
	}
	return reviews, nil
}

func (s *Service) own(l *OwnListed) (Own, error) {
	personal, readable, err := s.opened(&l.Listed)
	if err != nil {
		return Own{}, err
	}
	return Own{
		Serial: l.Serial, Code: receiptCode(s.blinder, l.Serial), Kind: l.Kind, Subject: l.Subject, EntityCode: l.EntityCode, ItemName: l.ItemName,
		HallCode: l.HallCode, WindowCode: l.WindowCode, Stars: l.Stars, Tags: l.Tags, Remark: personal.Said(), Unreadable: !readable,
		EvalTime: l.EvalTime, Unverified: l.Unverified, Withdrawn: l.Withdrawn, CaseState: l.CaseState,
	}, nil
}
