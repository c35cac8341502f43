package setting

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/moderation"
)

// Version is all that was set at once. None is ever changed; the last one counts.
type Version struct {
	Number int // from 1; 0 is that nobody ever set anything
	Set    Set
	Former Set // what was set before
	Actor  string
	At     time.Time
	Reason string
}

// MaxPage is how many versions are read at once.
const MaxPage = 1000

// Query asks for versions, newest first. Zero fields bound nothing.
type Query struct {
	Actor    string
	From, To time.Time // To is the first moment after
	Before   int       // the number where the page before ended
	Limit    int       // 1 to MaxPage
}

// Store keeps the versions.
type Store interface {
	// LastSettings is the version that counts; the zero one where there is none.
	LastSettings(ctx context.Context) (Version, error)
	// SettingVersions are versions by a query, newest first.
	SettingVersions(ctx context.Context, q Query) ([]Version, error)
	// AddSettings keeps a version as the next one after seen, with its entry in the audit chain, which tells before and after in
	// words. It is a fault.Conflict when seen is not the last one.
	AddSettings(ctx context.Context, seen int, v Version, before, after string) error
}

// Service keeps the settings in use the ones that count.
type Service struct {
	store  Store
	begin  Values
	apply  func(Values, int)
	mu     sync.Mutex // one takes over at a time
	latest atomic.Pointer[state]
}

type state struct {
	version Version
	values  Values
}

// NewService makes a service. begin are the values where nothing is set; apply takes values and the number of their version over,
// and is called before NewService returns, then whenever other ones count, by one goroutine at a time.
func NewService(ctx context.Context, store Store, begin Values, apply func(Values, int)) (*Service, error) {
	s := &Service{store: store, begin: begin, apply: apply}
	return s, s.Refresh(ctx)
}

// Refresh takes over what counts, if it is another version than the one in use.
func (s *Service) Refresh(ctx context.Context) error {
	version, err := s.store.LastSettings(ctx)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if in := s.latest.Load(); in != nil && in.version.Number >= version.Number {
		return nil
	}
	now := &state{version, version.Set.over(s.begin)}
	s.apply(now.values, version.Number)
	s.latest.Store(now)
	return nil
}

// Values are those in use.
func (s *Service) Values() Values { return s.latest.Load().values }

// Begin are the values where nothing is set.
func (s *Service) Begin() Values { return s.begin }

// Last is the version in use.
func (s *Service) Last() Version { return s.latest.Load().version }

// Versions are versions by a query, newest first.
func (s *Service) Versions(ctx context.Context, q Query) ([]Version, error) {
	return s.store.SettingVersions(ctx, q)
}

// Difference is one setting that a change would change.
type Difference struct {
	Kind     *Kind
	Was, Is  string // in words
	from, to string
}

// maxReason is the most characters of a reason.
const maxReason = 200

// Plan checks a change and says what it would change of what counts now. Empty values are the operator's. fault.Invalid reports
// every violation, by the names of the settings, and a change of nothing.
func (s *Service) Plan(ctx context.Context, set Set, reason string) (Set, []Difference, error) {
	if err := s.Refresh(ctx); err != nil {
		return nil, nil, err
	}
	set = cleaned(set)
	var wrong []fault.Violation
	refuse := func(when bool, field, reason string) {
		if when {
			wrong = append(wrong, fault.Violation{Field: field, Reason: reason})
		}
	}
	for i := range kinds {
		k := &kinds[i]
		text, ok := set[k.Name]
		if !ok || k.takes(text) {
			continue
		}
		if k.Choices != nil {
			refuse(true, string(k.Name), "请从列出的选项中选择")
		} else {
			zero := ""
			if k.Never != "" {
				zero = "、0（" + k.Never + "）"
			}
			refuse(true, string(k.Name), fmt.Sprintf("请填写%d到%d的整数（%s）%s，或留空", k.Least, k.Most, k.Unit, zero))
		}
	}
	values := set.over(s.begin)
	refuse(len(wrong) == 0 && values.Idle > values.Absolute, string(Idle), "无操作退出的时间不能比一次登录最长的时间还长")
	reason = strings.TrimSpace(reason)
	refuse(reason == "", "reason", "请写明为什么修改")
	refuse(utf8.RuneCountInString(reason) > maxReason || !utf8.ValidString(reason) || strings.ContainsRune(reason, 0), "reason", fmt.Sprintf("最多%d字，请删减", maxReason))
	refuse(moderation.Check(reason, nil, nil).Decision != moderation.Publish, "reason", "请不要写电话、证件号码等个人信息")
	if len(wrong) > 0 {
		return nil, nil, fault.NewInvalid(wrong...)
	}
	last := s.Last()
	differences := s.Differences(last.Set, set)
	if len(differences) == 0 {
		return nil, nil, fault.NewInvalidPage("没有改动任何设置，没有保存")
	}
	return set, differences, nil
}

// cleaned leaves out what is empty and what is no setting.
func cleaned(set Set) Set {
	clean := Set{}
	for i := range kinds {
		if text := strings.TrimSpace(set[kinds[i].Name]); text != "" {
			clean[kinds[i].Name] = text
		}
	}
	return clean
}

// Differences are what changes from one set to another, in words. A setting that counts alike but is the operator's in one of them
// is a difference, too.
func (s *Service) Differences(former, set Set) []Difference {
	was, is := former.over(s.begin), set.over(s.begin)
	var all []Difference
	for i := range kinds {
		k := &kinds[i]
		if former[k.Name] != set[k.Name] {
			all = append(all, Difference{k, k.told(former, &was), k.told(set, &is), k.get(&was), k.get(&is)})
		}
	}
	return all
}

// told is a value in words, and whether it is the operator's.
func (k *Kind) told(set Set, values *Values) string {
	if _, ok := set[k.Name]; !ok {
		return "按启动参数（" + k.Words(k.get(values)) + "）"
	}
	return k.Words(k.get(values))
}

// Change makes a set count: in this process at once, within seconds in others. seen is the version that the person has seen.
func (s *Service) Change(ctx context.Context, actor string, seen int, set Set, reason string) error {
	set, differences, err := s.Plan(ctx, set, reason)
	if err != nil {
		return err
	}
	last := s.Last()
	if last.Number != seen {
		return Outdated(&last)
	}
	var before, after []string
	for _, d := range differences {
		before = append(before, d.Kind.Title+"："+d.Was)
		after = append(after, d.Kind.Title+"："+d.Is)
	}
	v := Version{Set: set, Former: maps.Clone(last.Set), Actor: actor, Reason: strings.TrimSpace(reason)}
	if err := s.store.AddSettings(ctx, seen, v, strings.Join(before, "；"), strings.Join(after, "；")); err != nil {
		return err
	}
	return s.Refresh(ctx)
}

// Outdated is what a change is refused with when somebody else has made one meanwhile.
func Outdated(last *Version) error {
	if last.Actor == "" {
		return fault.NewConflict("设置有了变化，您的修改没有保存。请返回看过现在的设置再改")
	}
	return fault.NewConflict(last.Actor + " 刚刚修改了设置，您的修改没有保存。请返回看过现在的设置再改")
}
