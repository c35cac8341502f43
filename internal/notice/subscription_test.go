package notice

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/followup"
)

func TestWhatASubscriptionMayBe(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Subscription)
		want   string // the fields that are wrong
	}{
		{"mail", func(*Subscription) {}, ""},
		{"webhook", func(s *Subscription) { s.Channel, s.Target = Webhook, "https://hooks.example.gov.cn:8443/in?a=b" }, ""},
		{"no name", func(s *Subscription) { s.Name = "  " }, "name"},
		{"a long name", func(s *Subscription) { s.Name = strings.Repeat("长", 61) }, "name"},
		{"no channel", func(s *Subscription) { s.Channel = "fax" }, "channel"},
		{"no address", func(s *Subscription) { s.Target = "office" }, "target"},
		{"a name with an address", func(s *Subscription) { s.Target = "a <a@example.gov.cn>" }, "target"},
		{"two addresses", func(s *Subscription) { s.Target = "a@example.gov.cn, b@example.gov.cn" }, "target"},
		{"another header", func(s *Subscription) { s.Target = "a@example.gov.cn\r\nBcc: b@example.gov.cn" }, "target"},
		{"a long address", func(s *Subscription) { s.Target = strings.Repeat("a", 250) + "@b.cn" }, "target"},
		{"a file", func(s *Subscription) { s.Channel, s.Target = Webhook, "file:///etc/passwd" }, "target"},
		{"a login in the address", func(s *Subscription) { s.Channel, s.Target = Webhook, "https://u:p@example.gov.cn/" }, "target"},
		{"no host", func(s *Subscription) { s.Channel, s.Target = Webhook, "https:///in" }, "target"},
		{"a line in the address", func(s *Subscription) { s.Channel, s.Target = Webhook, "https://example.gov.cn/a b" }, "target"},
		{"no event", func(s *Subscription) { s.Events = nil }, "events"},
		{"an unknown event", func(s *Subscription) { s.Events = []Event{"unheard"} }, "events"},
		{"the test event", func(s *Subscription) { s.Events = []Event{Test} }, "events"},
		{"seconds", func(s *Subscription) { s.Every = 90 * time.Second }, "minutes"},
		{"two days", func(s *Subscription) { s.Every = 48 * time.Hour }, "minutes"},
		{"no region", func(s *Subscription) { s.Scope.Region = "广州" }, "region"},
		{"a region that is not there", func(s *Subscription) { s.Scope.Region = "449900000000" }, "region"},
		{"a department's and a hall's name", func(s *Subscription) { s.Scope.Department, s.Scope.Hall = "广州市公安局", "政务中心" }, "department hall"},
		{"a department and a hall", func(s *Subscription) { s.Scope.Department, s.Scope.Hall = "D1", "H1" }, ""},
		{"pasted", func(s *Subscription) { s.Target = " office@example.gov.cn\n" }, ""},
		{"all at once", func(s *Subscription) { *s = Subscription{} }, "name channel events minutes"},
	} {
		s := Subscription{Channel: Mail, Name: "督办室", Target: "office@example.gov.cn", Events: Events(), Every: time.Minute}
		c.change(&s)
		err := s.check(somewhere{})
		var fields []string
		var f *fault.Error
		if errors.As(err, &f) {
			for _, v := range f.Violations {
				fields = append(fields, v.Field)
			}
		}
		if got := strings.Join(fields, " "); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	s := Subscription{
		Channel: Mail, Name: " 督办室 ", Target: "office@example.gov.cn", Events: []Event{followup.NewsOpened, followup.NewsClosed, followup.NewsOpened},
		Every: time.Minute, Scope: followup.Scope{Region: "4401"},
	}
	if err := s.check(somewhere{}); err != nil || s.Name != "督办室" || len(s.Events) != 2 || s.Scope.Region != "440100000000" {
		t.Errorf("got %+v, %v", s, err)
	}
}

// somewhere has 广州, one department and one hall.
type somewhere struct{}

func (somewhere) HallRegion(code string) (string, bool) { return "440100000000", code == "H1" }

func (somewhere) DepartmentRegion(code string) (string, bool) { return "440100000000", code == "D1" }
func (somewhere) HasRegion(code string) bool                  { return code == "440100000000" }

func TestMasked(t *testing.T) {
	for target, want := range map[string]string{
		"office@example.gov.cn": "of***@example.gov.cn", "a@x.cn": "a***@x.cn", "https://h.cn:8443/in?k=1": "https://h.cn:8443/…",
	} {
		channel := Mail
		if strings.HasPrefix(target, "https") {
			channel = Webhook
		}
		if got := masked(channel, target); got != want {
			t.Errorf("%s: got %s, want %s", target, got, want)
		}
	}
}

// TestEveryNewsHasWords wants each kind of news to be one that can be subscribed to.
func TestEveryNewsHasWords(t *testing.T) {
	for _, news := range []followup.News{
		followup.NewsOpened, followup.NewsDueSoon, followup.NewsSupervised, followup.NewsAppealed, followup.NewsDecided, followup.NewsReopened,
		followup.NewsTakenOver, followup.NewsAssigned, followup.NewsClosed,
	} {
		if Words(news) == "" {
			t.Errorf("%s has no words", news)
		}
	}
	if len(Events()) != 9 || Words("unheard") != "" {
		t.Errorf("events are %v", Events())
	}
}
