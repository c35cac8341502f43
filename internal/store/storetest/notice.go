package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/job"
	"github.com/haochaping/haochaping/internal/notice"
	"github.com/haochaping/haochaping/internal/privacy"
)

var noticeTests = []test{
	{"a subscription is kept sealed, changed by version, removed, and audited", keepSubscription},
	{"an event is told to whom it concerns", tellWhom},
	{"a member of staff is told of his own cases without asking", tellAssignee},
	{"a flood of events becomes one mail now and one later", digestFlood},
	{"two subscriptions of one mailbox get one mail", oneMailbox},
	{"a job that is done twice tells once", tellTwice},
	{"what can't be delivered is tried again, noted, and repeated on demand", deliverAgain},
	{"a receiver that keeps silent does not hold up the others", silentReceiver},
	{"receivers that answer late leave a worker to the others, and get everything", slowReceivers},
	{"what a process says that lost its job does not undo what came of it", staleDelivery},
	{"a message whose job was given up because its processes died is undelivered, and repeated on demand", deliverAbandoned},
	{"who asks for nothing any more gets nothing", tellNobody},
	{"a digest that another process made meanwhile is not made twice", digestAtOnce},
	{"deliveries are listed within a scope, page by page, and swept", listDeliveries},
}

// mailroom is a notice service with a clock, cases, and a courier that a test looks at.
type mailroom struct {
	*jobs
	*notice.Service
	runner *job.Runner
	cases  map[string]followup.Case
	people map[string]notice.Person
	sent   []notice.Letter
	posted []notice.Post
	fault  error
	// silent is the address of a webhook that lets every message wait for this long, in vain.
	silent string
	waits  time.Duration
	dialed int // how often it was tried
	// meanwhile is what happens while a webhook is being sent.
	meanwhile func(url string)
}

func (m *mailroom) FindCase(_ context.Context, serial string) (followup.Case, error) {
	if c, found := m.cases[serial]; found {
		return c, nil
	}
	return followup.Case{}, fault.NewMissing("没有")
}

func (m *mailroom) Mail(_ context.Context, l notice.Letter) error {
	if m.fault == nil {
		m.sent = append(m.sent, l)
	}
	return m.fault
}

func (m *mailroom) Post(_ context.Context, p notice.Post) error {
	if m.silent != "" && p.URL == m.silent {
		m.at = m.at.Add(m.waits)
		m.dialed++
		return fault.NewUnavailable("对方没有在 15 秒内答复", 0, nil)
	}
	fails := m.fault
	if fails == nil {
		m.posted = append(m.posted, p)
	}
	if m.meanwhile != nil {
		m.meanwhile(p.URL)
	}
	return fails
}

func newMailroom(t testing.TB, d *database) *mailroom {
	t.Helper()
	m := &mailroom{jobs: newJobs(t, d), cases: map[string]followup.Case{}, people: map[string]notice.Person{}}
	keys := privacy.NewKeys()
	sealer, err := privacy.NewSealer(keys, privacy.SM4)
	if err != nil {
		t.Fatal(err)
	}
	clock := func() time.Time { return m.at }
	m.Service, err = notice.NewService(notice.Needs{
		Store: d.Store, Cases: m, Courier: m, Sealer: sealer, Blinder: privacy.NewBlinder(keys), Base: "https://h.example.gov.cn", Places: allPlaces{},
		Unit:  func(u followup.Unit) string { return "单位" + u.Code },
		Every: 15 * time.Minute, Now: clock,
		Person: func(_ context.Context, login string) (notice.Person, error) {
			if p, found := m.people[login]; found {
				return p, nil
			}
			return notice.Person{}, fault.NewMissing("没有")
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	m.runner = job.NewRunner(d.Store, clock, slog.New(slog.DiscardHandler), m.Handlers()...)
	for n, region := range []string{"440100000000", "440106000000", "440300000000"} {
		serial := fmt.Sprint("S", n)
		m.cases[serial] = followup.Case{
			Serial: serial, State: followup.Pending, Region: region, Department: fmt.Sprint("D", n), WorkNo: "W1",
			Due: now.Add(72 * time.Hour), Assignee: "li",
		}
	}
	return m
}

// allPlaces has all regions, departments and halls.
type allPlaces struct{}

func (allPlaces) HallRegion(string) (string, bool)       { return "440100000000", true }
func (allPlaces) DepartmentRegion(string) (string, bool) { return "440100000000", true }
func (allPlaces) HasRegion(string) bool                  { return true }

// subscribe makes one; its id and secret.
func (m *mailroom) subscribe(t fataler, target string, change func(*notice.Subscription)) (id, secret string) {
	t.Helper()
	n := notice.Subscription{Channel: notice.Mail, Name: "督办室", Target: target, Events: notice.Events()}
	if strings.HasPrefix(target, "https") {
		n.Channel = notice.Webhook
	}
	change(&n)
	created, secret, err := m.Create(t.Context(), followup.Scope{}, n)
	if err != nil {
		t.Fatalf("subscribe: %v", err)
	}
	return created.ID, secret
}

func plain(*notice.Subscription) {}

// happen queues an event.
func (m *mailroom) happen(t fataler, serial string, event followup.News) {
	t.Helper()
	payload, err := json.Marshal(followup.CaseNews{Serial: serial, Event: event})
	if err != nil {
		t.Fatal(err)
	}
	m.enqueue(t, job.Job{Kind: followup.JobKind, Payload: payload})
}

// work does all that is due.
func (m *mailroom) work(t fataler) {
	t.Helper()
	for range 1000 {
		did, err := m.runner.Step(t.Context())
		if err != nil {
			t.Fatalf("step: %v", err)
		}
		if !did {
			return
		}
	}
	t.Fatal("there is always one more job")
}

// told is who got what, and forgets it.
func (m *mailroom) told() string {
	var all []string
	for _, l := range m.sent {
		all = append(all, l.To+" "+strings.TrimPrefix(l.Subject, "【好差评】"))
	}
	for _, p := range m.posted {
		all = append(all, p.URL)
	}
	m.sent, m.posted = nil, nil
	return strings.Join(all, "; ")
}
