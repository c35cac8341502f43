package notice

import (
	"strings"
	"testing"

	"github.com/haochaping/haochaping/internal/followup"
)

// A letter says how letters end: a subscription's is stopped at 通知, one about a person's own cases is sent to his account's address.
func TestALetterSaysHowToEndLetters(t *testing.T) {
	s := &Service{Needs: Needs{Base: "https://haochaping.example.gov.cn"}}
	told := []Notice{{Event: followup.NewsAssigned, Content: `{"serial":"S","state":"awaiting","stateText":"待回访","due":"2026-06-22T18:00:00+08:00"}`}}
	for _, c := range []struct{ name, recipient, has, lacks string }{
		{"a subscription's", "hash", "在管理后台的“通知”中停用：https://haochaping.example.gov.cn/console/notices", "您账号的邮箱"},
		{"a person's own", personPrefix + "gongda", "请管理员去掉您账号的邮箱", noticesPath},
	} {
		_, body, err := s.digest(c.recipient, told, 1)
		if err != nil || !strings.Contains(body, c.has) || strings.Contains(body, c.lacks) || strings.Contains(body, "前办理") {
			t.Errorf("%s: %v\n%s", c.name, err, body)
		}
	}
}
