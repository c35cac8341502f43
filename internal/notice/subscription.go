package notice

import (
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/org"
)

// Channel is how somebody is told.
type Channel string

// Channels.
const (
	Mail    Channel = "mail"    // 邮件
	Webhook Channel = "webhook" // Webhook
)

// Name is what people call a channel.
func (c Channel) Name() string { return map[Channel]string{Mail: "邮件", Webhook: "Webhook"}[c] }

// Subscription says who is told what.
type Subscription struct {
	ID      string
	Channel Channel
	// Name is what people call it: a unit, a person's office; 1 to 60 characters.
	Name string
	// Login is whose it is, and WorkNo that person's number as an officer; empty for a unit's.
	Login, WorkNo string
	// Target is an e-mail address or a webhook's https address. It is sealed at rest, and masked wherever it is listed.
	Target string
	Events []Event
	Scope  followup.Scope
	// Every is the least pause between two mails to the same recipient, in whole minutes, from one minute to a day.
	Every     time.Duration
	Active    bool
	CreatedAt time.Time
	// ToldAt is when the last digest was made.
	ToldAt  time.Time
	Version int
}

// Limits of a subscription.
const (
	maxName  = 60
	maxMail  = 254
	maxURL   = 500
	minEvery = time.Minute
	maxEvery = 24 * time.Hour
	// MaxSubscriptions is how many there may be.
	MaxSubscriptions = 5000
)

// check gives every violation, by the names of the form's fields. What places do not know is one: nobody would ever be told of it.
func (s *Subscription) check(places Places) error {
	var violations []fault.Violation
	refuse := func(when bool, field, reason string) {
		if when {
			violations = append(violations, fault.Violation{Field: field, Reason: reason})
		}
	}
	s.Name, s.Target = strings.TrimSpace(s.Name), strings.TrimSpace(s.Target)
	refuse(s.Name == "" || utf8.RuneCountInString(s.Name) > maxName, "name", "请填写名称，最多 60 个字")
	switch s.Channel {
	case Mail:
		refuse(!isMail(s.Target), "target", "请填写一个邮箱地址，如 office@example.gov.cn")
	case Webhook:
		refuse(!isHook(s.Target), "target", "请填写 https 开头的地址，不含用户名和密码，最多 500 个字符")
	default:
		refuse(true, "channel", "请选择邮件或 Webhook")
	}
	refuse(len(s.Events) == 0, "events", "请至少选择一种消息")
	for _, e := range s.Events {
		refuse(Words(e) == "", "events", "没有这种消息，请重新选择")
	}
	slices.Sort(s.Events)
	s.Events = slices.Compact(s.Events)
	refuse(s.Every < minEvery || s.Every > maxEvery || s.Every%time.Minute != 0, "minutes", "请填写 1 到 1440 之间的整数")
	if s.Scope.Region == org.AllRegions {
		s.Scope.Region = ""
	}
	if s.Scope.Region != "" {
		code, ok := org.NormalizeRegion(s.Scope.Region)
		refuse(!ok || !places.HasRegion(code), "region", "没有这个区划，请填12位区划编码")
		s.Scope.Region = code
	}
	if s.Scope.Department != "" {
		_, ok := places.DepartmentRegion(s.Scope.Department)
		refuse(!ok, "department", "没有这个部门，请填部门编码")
	}
	if s.Scope.Hall != "" {
		_, ok := places.HallRegion(s.Scope.Hall)
		refuse(!ok, "hall", "没有这个大厅，请填大厅编码")
	}
	if len(violations) > 0 {
		return fault.NewInvalid(violations...)
	}
	return nil
}

func isMail(text string) bool {
	address, err := mail.ParseAddress(text)
	return err == nil && address.Address == text && len(text) <= maxMail && strings.IndexByte(text, '@') > 0 &&
		strings.IndexFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

// isHook says whether an address can be a webhook's. Where it leads is looked at when it is dialled. Plain http is for networks
// of one's own: the courier refuses it elsewhere.
func isHook(text string) bool {
	address, err := url.Parse(text)
	return err == nil && len(text) <= maxURL && (address.Scheme == "https" || address.Scheme == "http") && address.Hostname() != "" &&
		address.User == nil && address.Fragment == "" && strings.IndexFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

// masked shows enough of a target to tell it from others.
func masked(c Channel, target string) string {
	if c == Webhook {
		address, err := url.Parse(target)
		if err != nil {
			return "…"
		}
		return address.Scheme + "://" + address.Host + "/…"
	}
	name, domain, _ := strings.Cut(target, "@")
	return name[:min(len(name), 2)] + "***@" + domain
}

// within says whether a scope is nowhere wider than another.
func within(s, by followup.Scope) bool {
	return by.Covers(&followup.Case{Region: s.Region, Department: s.Department, Hall: s.Hall})
}

// EventWords name what is asked for, in the order in which events are shown.
func (s *Subscription) EventWords() (words []string) {
	for _, e := range Events() {
		if slices.Contains(s.Events, e) {
			words = append(words, Words(e))
		}
	}
	return words
}

// facts tell in words, for the audit, what a subscription is; without its target.
func (s *Subscription) facts() string {
	state := "启用"
	if !s.Active {
		state = "停用"
	}
	return strings.Join([]string{
		"方式：" + s.Channel.Name(), "名称：" + s.Name, "消息：" + strings.Join(s.EventWords(), "、"), "区划：" + s.Scope.Region, "部门：" + s.Scope.Department,
		"大厅：" + s.Scope.Hall, "间隔：" + strconv.Itoa(int(s.Every.Minutes())) + "分钟", "状态：" + state,
	}, "；")
}
