package erasure

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/moderation"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/review"
	"golang.org/x/text/width"
)

// Service takes requests and works on them.
type Service struct {
	store   Store
	sealer  *privacy.Sealer
	blinder *privacy.Blinder
	now     func() time.Time
	// keep is how many months personal data is kept; 0 for ever.
	keep func() int
	// aside is when this process last set a request aside, by its id.
	aside sync.Map
}

// NewService makes a service. keep says how many months personal data is kept now; 0 is for ever.
func NewService(store Store, sealer *privacy.Sealer, blinder *privacy.Blinder, keep func() int, now func() time.Time) *Service {
	return &Service{store: store, sealer: sealer, blinder: blinder, now: now, keep: keep}
}

// Bounds of what is typed, in characters.
const (
	shortestNumber, longestNumber = 6, 32
	shortestReason, longestReason = 5, 200
)

// Unconfirmed is how long a request waits for its confirmation before it is dropped, with the number.
const Unconfirmed = 7 * 24 * time.Hour

// Ask takes a request of a person who is known by a number. fault.Invalid says what is wrong, by kind, number and reason.
func (s *Service) Ask(ctx context.Context, login string, kind Kind, number, reason string) (id string, err error) {
	number, reason = normal(number), strings.TrimSpace(reason)
	var wrong []fault.Violation
	refuse := func(when bool, field, reason string) {
		if when {
			wrong = append(wrong, fault.Violation{Field: field, Reason: reason})
		}
	}
	refuse(kind != Certificate && kind != Phone, "kind", "请选择按什么查找")
	n := utf8.RuneCountInString(number)
	refuse(!utf8.ValidString(number) || n < shortestNumber || n > longestNumber || strings.ContainsFunc(number, odd), "number", fmt.Sprintf("请填写完整的号码，%d到%d位", shortestNumber, longestNumber))
	n = utf8.RuneCountInString(reason)
	refuse(n < shortestReason || n > longestReason || !utf8.ValidString(reason), "reason", fmt.Sprintf("请写明依据，%d至%d个字，如本人申请的日期和编号", shortestReason, longestReason))
	refuse(number != "" && strings.Contains(strings.ToUpper(reason), number) || moderation.Check(reason, nil, nil).Decision != moderation.Publish, "reason", "依据会记入审计日志，请不要写姓名、电话、证件号码等个人信息")
	if len(wrong) > 0 {
		return "", fault.NewInvalid(wrong...)
	}
	id = rand.Text()
	return id, s.store.AddErasure(ctx, Request{
		ID: id, Login: login, Kind: kind, Wanted: s.sealer.Seal([]byte(number), Context(id)), Reason: reason, At: s.now(), Version: 1,
	})
}

// between is what people, and editors of text files, put before and between the digits of a number.
var between = strings.NewReplacer(" ", "", "-", "", "\ufeff", "")

// normal is a number as it is compared: half width, as no keyboard but a Chinese one writes it otherwise, without what is between its
// digits, its letters large.
func normal(number string) string {
	return strings.ToUpper(between.Replace(width.Fold.String(strings.TrimSpace(number))))
}

// odd says whether a character stands in no number of ours.
func odd(r rune) bool {
	return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && !strings.ContainsRune("+()（）", r)
}

// Confirm has what a request found erased; it can't be undone.
func (s *Service) Confirm(ctx context.Context, id string, version int) error {
	return s.store.DecideErasure(ctx, id, version, Erasing)
}

// Drop forgets a request that was not confirmed, or is aside.
func (s *Service) Drop(ctx context.Context, id string, version int) error {
	return s.store.DecideErasure(ctx, id, version, Dropped)
}

// List gives requests, newest first; see Store.
func (s *Service) List(ctx context.Context, before string, limit int) ([]Request, error) {
	return s.store.Erasures(ctx, before, limit)
}

// Get is one request; fault.Missing when there is none.
func (s *Service) Get(ctx context.Context, id string) (Request, error) {
	return s.store.Erasure(ctx, id)
}

// Months is how long personal data is kept; 0 for ever.
func (s *Service) Months() int { return s.keep() }

// every is how often all records are looked through for what is too old.
const every = 24 * time.Hour

// Step does the next piece of each kind of work, and says whether there may be more.
func (s *Service) Step(ctx context.Context) (going bool, err error) {
	asked, err := s.eraseAsked(ctx, slog.New(slog.DiscardHandler))
	old, errOld := s.eraseOld(ctx)
	return asked || old, errors.Join(err, errOld)
}

// leave is how long a request is not set aside again: one that was taken up since is searched by a process that has its key. Both would
// undo each other's work for ever.
const leave = 10 * time.Minute

// eraseAsked does the next piece of what persons asked for. A request whose number does not open is set aside, so that it holds nobody
// up; when there is nothing else to do it is looked whether it opens now.
func (s *Service) eraseAsked(ctx context.Context, log *slog.Logger) (going bool, err error) {
	if err := s.store.ExpireErasures(ctx, s.now().Add(-Unconfirmed)); err != nil {
		return false, err
	}
	r, there, err := s.store.NextErasure(ctx, s.left())
	switch {
	case err != nil:
		return false, err
	case !there:
		return s.takeUp(ctx)
	case r.State == Erasing:
		return true, s.store.EraseFound(ctx, &r, s.receipt)
	}
	number, err := s.open(&r)
	if errors.Is(err, privacy.ErrForged) {
		log.Error("the number of an erasure does not open: it is set aside", "erasure", r.ID, "error", err)
		if err := s.store.SetErasureAside(ctx, r.ID, true); err != nil {
			return false, err
		}
		s.aside.Store(r.ID, s.now())
		return true, nil
	}
	if err != nil {
		return false, err
	}
	if err := s.store.SearchErasure(ctx, &r, s.match(r.Kind, number)); err != nil {
		return true, err
	}
	if r.State == Found && r.Unread > 0 {
		log.Error("an erasure could not read records, which may be about the person", "erasure", r.ID, "records", r.Unread)
	}
	return true, nil
}

// left are the requests that are not set aside again now.
func (s *Service) left() (ids []string) {
	s.aside.Range(func(id, at any) bool {
		if s.now().Sub(at.(time.Time)) < leave {
			ids = append(ids, id.(string))
		} else {
			s.aside.Delete(id)
		}
		return true
	})
	return ids
}

// open gives the number of a request.
func (s *Service) open(r *Request) (string, error) {
	number, err := s.sealer.Open(r.Wanted, Context(r.ID))
	if err != nil {
		return "", fmt.Errorf("open what an erasure looks for: %w", err)
	}
	return string(number), nil
}

// takeUp has the requests searched that are aside and open by now: their key is there again, or another process set them aside that
// lacked it.
func (s *Service) takeUp(ctx context.Context) (going bool, err error) {
	aside, err := s.store.AsideErasures(ctx)
	if err != nil {
		return false, err
	}
	for i := range aside {
		if _, err := s.open(&aside[i]); err != nil {
			continue // it was told of when it was set aside
		}
		if err := s.store.SetErasureAside(ctx, aside[i].ID, false); err != nil {
			return false, err
		}
		going = true
	}
	return going, nil
}

// eraseOld does the next piece of what is too old.
func (s *Service) eraseOld(ctx context.Context) (going bool, err error) {
	months := s.keep()
	if months <= 0 {
		return false, nil
	}
	return s.store.EraseOld(ctx, s.now().AddDate(0, -months, 0), every, s.receipt)
}

func (s *Service) receipt(serial string) privacy.Digest {
	return review.ReceiptKeyOf(s.blinder, serial)
}

// match finds a person first by the blind indexes, then in what is sealed: not every number has an index, and people write their
// number into remarks.
func (s *Service) match(kind Kind, number string) Match {
	var indexes [][]byte
	for _, written := range []string{number, strings.ToLower(number)} {
		person := review.PersonIndex(s.blinder, written)
		indexes = append(indexes, person[:])
		if kind == Certificate {
			certificate, ofAffair := review.CertificateIndex(s.blinder, written), affair.CertificateIndex(s.blinder, written)
			indexes = append(indexes, certificate[:], ofAffair[:])
		}
	}
	is := func(index []byte) bool {
		return len(index) > 0 && slices.ContainsFunc(indexes, func(i []byte) bool { return bytes.Equal(i, index) })
	}
	return func(c *Candidate) (about, unread bool) {
		if is(c.Person) || is(c.Certificate) {
			return true, false
		}
		texts, err := s.texts(c)
		return slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(normal(text), number) }), err != nil
	}
}

// texts are what may hold a number in a record; none once it was erased.
func (s *Service) texts(c *Candidate) ([]string, error) {
	if len(c.Sealed) == 0 {
		return nil, nil
	}
	switch c.Stage {
	case Reviews:
		p, err := review.Unseal(s.sealer, c.Sealed, c.Key)
		return []string{p.UserID, p.ContactPhone, p.PassportName, p.CertificateNo, p.Said()}, err
	case Affairs:
		p, err := affair.Unseal(s.sealer, c.Sealed, c.Key)
		return []string{p.UserID, p.ContactPhone, p.CertificateNo}, err
	default:
		return affair.RejectedCells(s.sealer, c.Sealed, c.Source, c.Key)
	}
}

// Pauses of Keep: rested after a piece of work, and between two looks whether there is any.
const (
	rest = 50 * time.Millisecond
	idle = 5 * time.Second
)

// Keep works until ctx ends. What persons ask for and what is too old wait for each other in nothing.
func (s *Service) Keep(ctx context.Context, log *slog.Logger) {
	var both sync.WaitGroup
	both.Go(func() { keep(ctx, log, func(ctx context.Context) (bool, error) { return s.eraseAsked(ctx, log) }) })
	both.Go(func() { keep(ctx, log, s.eraseOld) })
	both.Wait()
}

// keep does a kind of work, piece by piece, until ctx ends.
func keep(ctx context.Context, log *slog.Logger, piece func(context.Context) (going bool, err error)) {
	for ctx.Err() == nil {
		begun := time.Now()
		going, err := piece(ctx)
		pause := max(rest, 2*time.Since(begun))
		if err != nil && ctx.Err() == nil {
			log.Warn("erase personal data", "error", err)
		}
		if err != nil || !going {
			pause = idle
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}
