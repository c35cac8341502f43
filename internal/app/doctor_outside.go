package app

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/affair"
)

const (
	// askTime is how long a neighbour may take to answer.
	askTime = 10 * time.Second
	// sourceBehindLong is how far a source may be behind.
	sourceBehindLong = time.Hour
)

// lookAtNeighbour asks the providers of logins whether they are there, and compares the clocks.
func lookAtNeighbour(ctx context.Context, p *patient) (found []finding) {
	issuers := []string{p.OIDCIssuer, p.StaffOIDCIssuer}
	for _, issuer := range slices.Compact(slices.DeleteFunc(issuers, func(i string) bool { return i == "" })) {
		found = append(found, p.askIssuer(ctx, issuer)...)
	}
	if len(found) == 0 {
		found = append(found, well("未设置统一身份认证"))
	}
	return found
}

func (p *patient) askIssuer(ctx context.Context, issuer string) []finding {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	fail := func(err error) []finding {
		return []finding{{bad, fmt.Sprintf("%s 没有应答：%v", issuer, err), "请核对地址、网络和证书；它不通时需要登录的页面不能用"}}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(issuer, "/")+"/.well-known/openid-configuration", http.NoBody)
	if err != nil {
		return fail(err)
	}
	sent := p.now()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fail(err)
	}
	defer response.Body.Close() //nolint:errcheck // only its head is wanted
	if response.StatusCode != http.StatusOK {
		return fail(fmt.Errorf("HTTP %d", response.StatusCode))
	}
	found := []finding{well("%s 有应答", issuer)}
	if date, err := http.ParseTime(response.Header.Get("Date")); err == nil {
		// It says whole seconds, of a moment while the request was under way.
		middle := sent.Add(p.now().Sub(sent) / 2)
		found = append(found, clockFinding("它", middle.Sub(date.Add(time.Second/2))))
	}
	return found
}

func lookAtSources(ctx context.Context, p *patient) (found []finding) {
	settings, err := readSources(&p.SourcesFile)
	if err != nil {
		return []finding{{bad, err.Error(), "请改正来源的配置文件"}}
	}
	if len(settings) == 0 {
		return []finding{well("没有设置来源")}
	}
	states, err := p.store.Sources(ctx)
	if err != nil {
		return unasked(err)
	}
	for i := range settings {
		name := settings[i].Name
		front, err := openFront(&settings[i])
		if err == nil {
			asking, cancel := context.WithTimeout(ctx, askTime)
			_, err = front.Examine(asking, 1)
			cancel()
			_ = front.Close() // it was only read
		}
		if err != nil {
			found = append(found, finding{bad, fmt.Sprintf("%s 读不了：%v", name, err), "请运行 haochaping affairs check " + name + " 查看详情，并与来源方联系"})
			continue
		}
		n := slices.IndexFunc(states, func(s affair.SourceState) bool { return s.Source == name })
		if n < 0 {
			found = append(found, finding{attention, name + " 能读，但从未同步", "请确认 serve 带着 --sources 在运行"})
			continue
		}
		found = append(found, sourceFinding(&states[n], p.now()))
	}
	return found
}

func sourceFinding(s *affair.SourceState, now time.Time) finding {
	switch {
	case s.Failing != "":
		return finding{bad, fmt.Sprintf("%s 同步失败：%s", s.Source, s.Failing), "请运行 haochaping affairs check " + s.Source}
	case now.Sub(s.NotedAt) > affair.Noted:
		return finding{attention, s.Source + " 没有进程在同步", "请确认 serve 带着 --sources 在运行"}
	case !s.Reached.IsZero() && now.Sub(s.Reached) > sourceBehindLong:
		return finding{attention, fmt.Sprintf("%s 落后 %s", s.Source, now.Sub(s.Reached).Round(time.Minute)), "首次同步会慢慢赶上；若不再前进，请运行 haochaping affairs status"}
	}
	return well("%s 正常", s.Source)
}

// lookAtMail prepares what sends, reaches the mail server, and sends nothing.
func lookAtMail(ctx context.Context, p *patient) []finding {
	if err := p.Notices.Check(); err != nil {
		return nil // said by the settings
	}
	if _, err := newCourier(&p.Notices); err != nil {
		return []finding{{bad, "设置不能使用：" + words(err), "请核对 smtp-password-file、notice-ca 和 webhook-networks"}}
	}
	if p.SMTPServer == "" {
		return []finding{{attention, "没有设置邮件服务器：工单的提醒只能发往 Webhook", "需要邮件提醒时请设置 --smtp-server 和 --smtp-from"}}
	}
	dialer := net.Dialer{Timeout: askTime}
	connection, err := dialer.DialContext(ctx, "tcp", p.SMTPServer)
	if err != nil {
		return []finding{{bad, fmt.Sprintf("邮件服务器 %s 连不上：%v", p.SMTPServer, err), "请核对地址和防火墙"}}
	}
	_ = connection.Close() // nothing was said
	return []finding{well("邮件服务器 %s 连得上（未发送邮件）", p.SMTPServer)}
}
