package notice

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/followup"
)

// facts are what is told of a case. They hold no personal data.
type facts struct {
	Serial     string         `json:"serial"`
	State      followup.State `json:"state"`
	StateText  string         `json:"stateText"`
	Unit       unitFacts      `json:"unit"`
	Region     string         `json:"region"`
	Department string         `json:"department"`
	Hall       string         `json:"hall"`
	Due        string         `json:"due,omitzero"` // RFC 3339; left out of cases that ended
	Supervised bool           `json:"supervised"`
	Link       string         `json:"link"`
}

type unitFacts struct {
	Kind followup.UnitKind `json:"kind"`
	Code string            `json:"code"`
	Name string            `json:"name"`
}

// Paths of the console that messages lead to.
const (
	casesPath   = "/console/cases"
	noticesPath = "/console/notices"
)

func (s *Service) facts(c *followup.Case) facts {
	unit := c.Unit()
	f := facts{
		Serial: c.Serial, State: c.State, StateText: c.State.Word(), Unit: unitFacts{unit.Kind, unit.Code, s.Unit(unit)},
		Region: c.Region, Department: c.Department, Hall: c.Hall, Supervised: c.Supervised, Link: s.Base + casesPath + "/" + c.Serial,
	}
	if !c.State.Ended() && !c.Due.IsZero() {
		f.Due = c.Due.In(beijing.Zone).Format(time.RFC3339)
	}
	return f
}

// message is a webhook's body.
type message struct {
	Type      string `json:"type"`
	Timestamp string `json:"timestamp"` // RFC 3339: when it was written
	Data      any    `json:"data"`
}

func webhookType(e Event) string {
	if e == Test {
		return string(Test)
	}
	return casePrefix + string(e)
}

// casePrefix begins the type of what is told of a case.
const casePrefix = "case."

// Title is what a delivery tells, for people.
func (d *Delivery) Title() string {
	switch {
	case d.Channel != Webhook:
		return d.Subject
	case d.Subject == webhookType(Test):
		return "测试消息"
	default:
		return cmp.Or(Words(Event(strings.TrimPrefix(d.Subject, casePrefix))), d.Subject)
	}
}

func webhookBody(e Event, at time.Time, data any) (string, error) {
	body, err := json.Marshal(message{webhookType(e), at.In(beijing.Zone).Format(time.RFC3339), data})
	return string(body), err
}

// shown is how many cases of each event a digest shows; the others are counted.
const shown = 30

// digest writes one mail to a recipient about notices, the oldest of total.
func (s *Service) digest(recipient string, notices []Notice, total int) (subject, body string, err error) {
	byEvent := map[Event][]facts{}
	for i := range notices {
		var f facts
		if err := json.Unmarshal([]byte(notices[i].Content), &f); err != nil {
			return "", "", fmt.Errorf("read a notice: %w", err)
		}
		byEvent[notices[i].Event] = append(byEvent[notices[i].Event], f)
	}
	var counts []string
	var text strings.Builder
	text.WriteString("您好：\n\n以下差评工单有新的情况，请您登录管理后台办理。\n")
	for _, e := range events {
		some := byEvent[e.event]
		if len(some) == 0 {
			continue
		}
		counts = append(counts, fmt.Sprintf("%s %d 件", e.words, len(some)))
		fmt.Fprintf(&text, "\n【%s】%d 件\n", e.words, len(some))
		for i := range some {
			if i == shown {
				fmt.Fprintf(&text, "· 其余 %d 件请在工单列表中查看\n", len(some)-shown)
				break
			}
			some[i].write(&text)
		}
	}
	if rest := total - len(notices); rest > 0 {
		fmt.Fprintf(&text, "\n还有 %d 条消息将在下一封邮件中告知。\n", rest)
	}
	fmt.Fprintf(&text, "\n全部工单：%s%s\n\n本邮件由系统自动发出，请勿回复。", s.Base, casesPath)
	if _, own := PersonOf(recipient); own { // no subscription sends it, and handlers see none
		text.WriteString("它发到您账号的邮箱，只告诉指派给您的工单。如不再需要，请管理员去掉您账号的邮箱。\n")
	} else {
		fmt.Fprintf(&text, "如不再需要，可在管理后台的“通知”中停用：%s%s\n", s.Base, noticesPath)
	}
	return "【好差评】" + strings.Join(counts, "、"), text.String(), nil
}

func (f *facts) write(to *strings.Builder) {
	parts := []string{f.Serial}
	if f.Unit.Name != "" {
		parts = append(parts, f.Unit.Name)
	}
	parts = append(parts, f.StateText)
	if due, err := time.Parse(time.RFC3339, f.Due); err == nil && f.State != followup.Awaiting { // then the reviewer is to do something
		parts = append(parts, "请于 "+beijing.FormatMinute(due)+" 前办理")
	}
	if f.Supervised {
		parts = append(parts, "督办")
	}
	fmt.Fprintf(to, "· %s\n  %s\n", strings.Join(parts, "，"), f.Link)
}
