package moderation

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/haochaping/haochaping/internal/fault"
)

// Opener opens what was said in a sealed review, and what the review tells of its persons.
type Opener interface {
	Said(sealed []byte, serial string) (said string, persons *Persons, err error)
}

// Service is what people and the background do about remarks.
type Service struct {
	store  Store
	opener Opener
	policy *Policy

	mu      sync.Mutex // of what the background knows
	version int        // of the list in use
	cursor  *Position  // how far the waiting ones were checked again
}

// NewService makes a service. The policy is the one by which reviews are judged on their way in.
func NewService(store Store, opener Opener, policy *Policy) *Service {
	return &Service{store: store, opener: opener, policy: policy}
}

// Waiting lists remarks by a filter whose state is any but Published; by default those that wait.
func (s *Service) Waiting(ctx context.Context, filter Filter, page Page) ([]Item, error) {
	rows, err := s.store.ModerationList(ctx, filter.whole(), Page{page.After, max(1, min(page.Limit, MostListed))})
	if err != nil {
		return nil, err
	}
	items := make([]Item, len(rows))
	for i := range rows {
		items[i] = s.open(&rows[i])
	}
	return items, nil
}

// Count counts them, up to most.
func (s *Service) Count(ctx context.Context, filter Filter, most int) (int, error) {
	return s.store.ModerationCount(ctx, filter.whole(), most)
}

func (f Filter) whole() Filter {
	if f.State == Unchecked || f.State == Published {
		f.State = Waiting
	}
	return f
}

// Item is one remark with the decisions about it; fault.Missing when there is none within the bounds.
func (s *Service) Item(ctx context.Context, serial string, bounds Bounds) (Item, []Decided, error) {
	row, err := s.store.ModerationItem(ctx, serial, bounds)
	if err != nil {
		return Item{}, nil, err
	}
	decided, err := s.store.ModerationDecisions(ctx, serial)
	return s.open(&row), decided, err
}

func (s *Service) open(row *Row) Item {
	item := row.Item
	said, persons, err := s.opener.Said(row.Sealed, row.Serial)
	if err != nil {
		item.Unreadable = true
		return item
	}
	item.Remark = said
	item.Findings = Check(said, persons, s.policy.words.Load()).Findings
	return item
}

// Actor is who decides.
type Actor struct {
	Login  string
	Bounds Bounds
}

// Choice is what a person wants: Published, Masked or Withheld.
type Choice struct {
	State State
	Spans Spans // to be masked, for Masked
	// Phrases are masked wherever they stand, beside Spans, for Masked.
	Phrases []string
}

// Limits of what a person says about a decision.
const (
	maxReason  = 200
	maxPhrases = 20
	maxNote    = 100
)

// Decide stores a person's decision; version is the one of the item the person has seen. Reports every violation of decision,
// spans, phrases and reason; a fault.Conflict says what somebody else has decided meanwhile.
func (s *Service) Decide(ctx context.Context, by Actor, serial string, version int, choice Choice, reason string) error {
	row, err := s.store.ModerationItem(ctx, serial, by.Bounds)
	if err != nil {
		return err
	}
	item := s.open(&row)
	reason = strings.TrimSpace(reason)
	var wrong []fault.Violation
	refuse := func(when bool, field, why string) {
		if when {
			wrong = append(wrong, fault.Violation{Field: field, Reason: why})
		}
	}
	publication := Publication{State: choice.State}
	switch choice.State {
	case Published, Withheld:
	case Masked:
		publication.Spans, wrong = item.spans(choice)
	default:
		refuse(true, "decision", "请选择公开、遮盖后公开或不公开")
	}
	refuse(item.Unreadable && choice.State != Withheld, "decision", "这条评价的内容无法打开，只能选择不公开")
	identifying := slices.ContainsFunc(item.Findings, func(f Finding) bool { return f.Kind != Word })
	refuse(choice.State == Published && identifying, "decision", "内容里有电话、证件号码、姓名等个人信息，不能原样公开，请选择遮盖后公开或不公开")
	needed := choice.State == Withheld || choice.State == Published && len(item.Findings) > 0
	refuse(needed && reason == "", "reason", "请写明原因")
	refuse(utf8.RuneCountInString(reason) > maxReason, "reason", fmt.Sprintf("最多 %d 字，请删减", maxReason))
	refuse(!utf8.ValidString(reason) || strings.ContainsRune(reason, 0), "reason", "有无法识别的字符，请重新填写")
	refuse(Check(reason, nil, nil).Decision != Publish, "reason", "请不要写电话、证件号码等个人信息")
	if len(wrong) > 0 {
		return fault.NewInvalid(wrong...)
	}
	return s.store.Rule(ctx, Ruling{
		Serial: serial, Version: version, Publication: publication, Actor: by.Login, Reason: reason, Bounds: by.Bounds,
	})
}

// spans are what a choice masks of an item, or what is wrong with it.
func (i *Item) spans(choice Choice) (Spans, []fault.Violation) {
	var wrong []fault.Violation
	if choice.Spans.End() > utf8.RuneCountInString(i.Remark) {
		wrong = append(wrong, fault.Violation{Field: "spans", Reason: "超出了评价内容，请重新选择"})
	}
	if len(choice.Phrases) > maxPhrases {
		return nil, append(wrong, fault.Violation{Field: "phrases", Reason: fmt.Sprintf("最多 %d 处，请分次填写或选择不公开", maxPhrases)})
	}
	spans := slices.Clone(choice.Spans)
	for _, phrase := range choice.Phrases {
		if phrase = strings.TrimSpace(phrase); phrase == "" {
			continue
		}
		found := places(i.Remark, phrase)
		if len(found) == 0 {
			wrong = append(wrong, fault.Violation{Field: "phrases", Reason: "要遮盖的文字须与评价内容一字不差，请核对"})
		}
		spans = append(spans, found...)
	}
	if spans = spans.joined(); len(spans) == 0 && len(wrong) == 0 {
		wrong = append(wrong, fault.Violation{Field: "spans", Reason: "请选择要遮盖的内容"})
	}
	for _, f := range i.Findings {
		if f.Kind != Word && !spans.cover(f) && len(wrong) == 0 {
			wrong = append(wrong, fault.Violation{Field: "spans", Reason: "电话、证件号码、姓名等个人信息都须遮盖"})
		}
	}
	return spans, wrong
}

func (s Spans) cover(f Finding) bool {
	return slices.ContainsFunc(s, func(one Span) bool { return one.From <= f.From && f.To <= one.To })
}

// places are where a phrase stands in a remark.
func places(remark, phrase string) (found Spans) {
	length := utf8.RuneCountInString(phrase)
	for at := 0; ; {
		n := strings.Index(remark[at:], phrase)
		if n < 0 {
			return found
		}
		from := utf8.RuneCountInString(remark[:at+n])
		found = append(found, Span{from, from + length})
		at += n + len(phrase)
	}
}

// Words are all versions of the word list, last first and the program's own at the end, without their texts.
func (s *Service) Words(ctx context.Context) ([]WordList, error) {
	lists, err := s.store.WordLists(ctx)
	if err != nil {
		return nil, err
	}
	active, _, err := s.store.ActiveWords(ctx)
	if err != nil {
		return nil, err
	}
	lists = append(lists, WordList{Note: "内置词表"})
	for i := range lists {
		lists[i].Active = lists[i].Version == active
	}
	return lists, nil
}

// WordList is one version with its text; fault.Missing when there is none.
func (s *Service) WordList(ctx context.Context, version int) (WordList, error) {
	if version == 0 {
		return WordList{Note: "内置词表", Text: builtin}, nil
	}
	return s.store.WordList(ctx, version)
}

// NewVersion stores a list as a new version, which does not count before it is activated. It reports every line that is wrong.
func (s *Service) NewVersion(ctx context.Context, actor, words, note string) (version int, err error) {
	words, note = strings.ReplaceAll(words, "\r\n", "\n"), strings.TrimSpace(note)
	parsed, err := ParseWords("words", words)
	switch {
	case err != nil:
		return 0, err
	case parsed.Len() == 0:
		return 0, fault.NewInvalid(fault.Violation{Field: "words", Reason: "词表是空的，请至少写一个词"})
	case !utf8.ValidString(note) || strings.ContainsRune(note, 0) || utf8.RuneCountInString(note) > maxNote:
		return 0, fault.NewInvalid(fault.Violation{Field: "note", Reason: fmt.Sprintf("最多 %d 字，请删减", maxNote)})
	}
	return s.store.AddWordList(ctx, WordList{Text: words, Note: note, Actor: actor})
}

// Activate makes a version count: on its way in at once in this process, within seconds in others. What waits is then checked again.
func (s *Service) Activate(ctx context.Context, version int) error {
	if err := s.store.ActivateWords(ctx, version); err != nil {
		return err
	}
	return s.Refresh(ctx)
}

// Refresh reads the list that counts, if it is another than the one in use.
func (s *Service) Refresh(ctx context.Context) error {
	version, _, err := s.store.ActiveWords(ctx)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if version == s.version {
		return nil
	}
	list, err := s.WordList(ctx, version)
	if err != nil {
		return err
	}
	words, err := ParseWords("words", list.Text)
	if err != nil {
		return fmt.Errorf("word list %d: %w", version, err)
	}
	s.policy.Use(words)
	s.version, s.cursor = version, nil
	return nil
}

// checked is how many remarks are checked in one transaction.
const checked = 500

// CheckSome checks some of what no person has decided about: first what was never checked, then, after another word list was
// activated, what waits. It says whether there is more to do.
func (s *Service) CheckSome(ctx context.Context) (more bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rows, err := s.store.Undecided(ctx, Unchecked, Page{Limit: checked})
	if err != nil {
		return false, err
	}
	if len(rows) > 0 {
		return true, s.settle(ctx, rows)
	}
	version, rechecked, err := s.store.ActiveWords(ctx)
	if err != nil || version != s.version || rechecked == version {
		return false, err
	}
	rows, err = s.store.Undecided(ctx, Waiting, Page{After: s.cursor, Limit: checked})
	if err != nil {
		return false, err
	}
	if len(rows) == 0 {
		s.cursor = nil
		return false, s.store.Rechecked(ctx, version)
	}
	if err := s.settle(ctx, rows); err != nil {
		return false, err
	}
	s.cursor = rows[len(rows)-1].Position()
	return true, nil
}

// settle judges rows and stores what is new.
func (s *Service) settle(ctx context.Context, rows []Row) error {
	var settled []Settled
	for i := range rows {
		row := &rows[i]
		said, persons, err := s.opener.Said(row.Sealed, row.Serial)
		to := Publication{State: Waiting} // what can't be opened is not public
		if err == nil {
			to = s.policy.Judge(said, persons)
		}
		if to.State != row.Publication.State || !slices.Equal(to.Spans, row.Publication.Spans) {
			settled = append(settled, Settled{Serial: row.Serial, From: row.Publication, To: to, Heard: said != ""})
		}
	}
	if len(settled) == 0 {
		return nil
	}
	return s.store.Settle(ctx, settled)
}
