package review

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/moderation"
	"github.com/haochaping/haochaping/internal/privacy"
)

// Finder shows stored reviews to staff: who said it masked, one field in the clear for a reason that is noted first.
type Finder struct {
	store  SearchStore
	sealer *privacy.Sealer
	notes  Noter
}

// Noter writes to the audit log.
type Noter interface {
	Note(ctx context.Context, entry audit.Entry) error
}

// NewFinder makes a finder.
func NewFinder(store SearchStore, sealer *privacy.Sealer, notes Noter) *Finder {
	return &Finder{store, sealer, notes}
}

// Viewer is who looks: the officer that he is himself, if he is one. A hall is empty where it is not known.
type Viewer struct{ WorkNo, Hall string }

// Rated says whether a review may be about the viewer himself: of his work number, and not of another hall.
func (v Viewer) Rated(f *Facts) bool {
	return v.WorkNo != "" && v.WorkNo == f.WorkNo && (v.Hall == "" || f.HallCode == "" || v.Hall == f.HallCode)
}

// Seen is a review as staff sees it.
type Seen struct {
	Found
	// Fields are what was told about persons and what was said, masked, in the order of Fields; empty where nothing was told. Of
	// a review of the viewer himself nothing about the person who wrote it is there.
	Fields []SeenField
	// Own says that it is about the viewer himself.
	Own bool
	// Unreadable says that what is sealed can't be opened: Fields are empty then, the rest is as it is.
	Unreadable bool
	// Erased says that what was told about persons and what was said was erased.
	Erased bool
}

// SeenField is a personal field as staff sees it.
type SeenField struct {
	Field
	Masked string
	// May says that it can be shown in the clear.
	May bool
}

// Masked is a field's masked value; empty when there is none.
func (s *Seen) Masked(name string) string {
	for _, f := range s.Fields {
		if f.Name == name {
			return f.Masked
		}
	}
	return ""
}

// SeenPage is a piece of a search; see FoundPage.
type SeenPage struct {
	Seen []Seen
	Next *Position
	Cut  bool
}

// mostOpened is how many reviews a search for words opens before it comes back with what it has: remarks are sealed, no index knows
// what is in them.
const mostOpened = 3000

// Search gives a page of a search, at most q.Limit. With words only reviews whose remark, as staff sees it, holds them.
func (f *Finder) Search(ctx context.Context, q Query, words string, viewer Viewer) (SeenPage, error) {
	page := SeenPage{}
	want, words := q.Limit, strings.ToLower(strings.TrimSpace(words))
	if words != "" {
		q.Limit = 500
	}
	for opened := 0; ; {
		found, err := f.store.SearchReviews(ctx, q)
		if err != nil {
			return SeenPage{}, err
		}
		for i := range found.Found {
			seen, err := f.see(&found.Found[i], viewer)
			if err != nil {
				return SeenPage{}, err
			}
			if words != "" && !strings.Contains(strings.ToLower(seen.Masked(RemarkField)), words) {
				continue
			}
			if page.Seen = append(page.Seen, seen); len(page.Seen) == want {
				page.Next = seen.Position()
				return page, nil
			}
		}
		opened += len(found.Found)
		page.Next, page.Cut = found.Next, found.Cut
		if words == "" || found.Next == nil || found.Cut {
			return page, nil
		}
		if opened >= mostOpened {
			page.Cut = true
			return page, nil
		}
		q.After = found.Next
	}
}

// Look shows one review; fault.Missing when there is none.
func (f *Finder) Look(ctx context.Context, serial string, viewer Viewer) (Seen, error) {
	found, ok, err := f.store.FindReview(ctx, serial)
	if err != nil {
		return Seen{}, err
	}
	if !ok {
		return Seen{}, fault.NewMissing("没有找到，或它不在您的管理范围内")
	}
	return f.see(&found, viewer)
}

// open unseals what is personal.
func (f *Finder) open(found *Found) (Personal, error) {
	return Unseal(f.sealer, found.Sealed, found.Serial)
}

func (f *Finder) see(found *Found, viewer Viewer) (Seen, error) {
	seen := Seen{Found: *found, Own: viewer.Rated(&found.Facts), Erased: len(found.Sealed) == 0}
	personal, err := f.open(found)
	if errors.Is(err, privacy.ErrForged) {
		seen.Unreadable = true
		return seen, nil
	}
	if err != nil {
		return Seen{}, err
	}
	for _, field := range Fields() {
		value := field.of(&personal)
		if value == "" || seen.Own && field.Person {
			continue
		}
		masked := field.mask(value)
		if field.Name == RemarkField {
			masked = shownToStaff(found.Publication, &personal)
		}
		seen.Fields = append(seen.Fields, SeenField{Field: field, Masked: masked, May: !seen.Own && masked != value})
	}
	return seen, nil
}

// shownToStaff is what was said with everything masked that identifies somebody, whatever was decided for the public.
func shownToStaff(p moderation.Publication, personal *Personal) string {
	said := personal.Said()
	if p.State == moderation.Published {
		return privacy.Plain(said)
	}
	said = p.Spans.Mask(said)
	return privacy.Plain(moderation.Mask(said, moderation.Check(said, personal.persons(), nil).Findings))
}

// Bounds of a reason, in characters.
const (
	shortestReason = 5
	longestReason  = 200
)

// Reveal gives one field of a review in the clear, after it was noted in the audit log who asked, for what and why. What is wrong
// with what was asked is a violation of field or reason; of a review of the viewer himself there is nothing to see.
func (f *Finder) Reveal(ctx context.Context, serial, name, reason string, viewer Viewer) (Field, string, error) {
	found, ok, err := f.store.FindReview(ctx, serial)
	if err != nil {
		return Field{}, "", err
	}
	if !ok {
		return Field{}, "", fault.NewMissing("没有找到，或它不在您的管理范围内")
	}
	if viewer.Rated(&found.Facts) {
		return Field{}, "", fault.NewConflict("这条评价评的是您本人的服务，为保护评价人，不能查看原文")
	}
	personal, err := f.open(&found)
	if err != nil {
		return Field{}, "", err
	}
	field, known := fieldNamed(name)
	reason = strings.TrimSpace(reason)
	var wrongs []fault.Violation
	value := ""
	if known {
		value = field.of(&personal)
	}
	if value == "" {
		wrongs = append(wrongs, fault.Violation{Field: "field", Reason: "请选择要查看哪一项"})
	}
	switch n := len([]rune(reason)); {
	case n < shortestReason || n > longestReason:
		wrongs = append(wrongs, fault.Violation{Field: "reason", Reason: fmt.Sprintf("请写明理由，%d至%d个字", shortestReason, longestReason)})
	case identifies(reason, value, &personal):
		wrongs = append(wrongs, fault.Violation{Field: "reason", Reason: "理由会记入审计日志，请不要写姓名、电话、证件号码等个人信息"})
	}
	if len(wrongs) > 0 {
		return Field{}, "", fault.NewInvalid(wrongs...)
	}
	entry := audit.Entry{Action: "review.unmask", Object: "review:" + serial, After: field.Label, Reason: reason}
	if err := f.notes.Note(ctx, entry); err != nil {
		return Field{}, "", fmt.Errorf("note an unmasking: %w", err)
	}
	return field, value, nil
}

// identifies says whether a reason holds what identifies somebody: it stands in the audit log for ever.
func identifies(reason, value string, personal *Personal) bool {
	return value != "" && strings.Contains(reason, value) || len(moderation.Check(reason, personal.persons(), nil).Findings) > 0
}
