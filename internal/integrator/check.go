package integrator

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/signature"
)

// Checker says what is wrong with the signature of a request that somebody pastes. It keeps nothing of it.
type Checker struct {
	apps *Service
	// gatewayKey is set where a gateway in front signs to us; see ebus.Verifier.
	gatewayKey string
	window     time.Duration
	now        func() time.Time
	nonces     UsedNonces
}

// UsedNonces tells whether a nonce came already.
type UsedNonces interface {
	NonceUsed(ctx context.Context, app, text string) (bool, error)
}

// NewChecker makes a checker with the verifier's own settings.
func NewChecker(apps *Service, gatewayKey string, window time.Duration, now func() time.Time, nonces UsedNonces) *Checker {
	return &Checker{apps, gatewayKey, window, now, nonces}
}

// Outcome is what a step of a check found.
type Outcome string

// Outcomes.
const (
	Right    Outcome = "good"
	Wrong    Outcome = "bad"
	Doubtful Outcome = "warn"
)

// Word is what people call it.
func (o Outcome) Word() string {
	switch o {
	case Right:
		return "正确"
	case Wrong:
		return "有误"
	default:
		return "请留意"
	}
}

// Finding is one step of a check: what was looked at, how it is, and why, in Chinese. Signed, where it is set, is the text that
// is to be signed, its secret hidden.
type Finding struct {
	What string
	Outcome
	Why    string
	Signed string
}

// Limits of what may be pasted, in bytes.
const (
	MaxPastedHead = 16 << 10
	MaxPastedBody = 64 << 10
)

// hidden stands for a secret.
const hidden = "●●●●●●"

// Check judges a pasted request: head are its headers, one a line, with or without the line of method and path, or a curl
// command; body is what it sent. It gives every step's finding, in order; fault.Invalid when nothing can be read.
func (c *Checker) Check(ctx context.Context, head, body string) ([]Finding, error) {
	if len(head) > MaxPastedHead {
		return nil, fault.NewInvalid(fault.Violation{Field: "head", Reason: fmt.Sprintf("最多 %d KB，请只粘贴请求头", MaxPastedHead>>10)})
	}
	if len(body) > MaxPastedBody {
		return nil, fault.NewInvalid(fault.Violation{Field: "body", Reason: fmt.Sprintf("最多 %d KB", MaxPastedBody>>10)})
	}
	p := readPasted(head)
	if len(p.headers) == 0 {
		return nil, fault.NewInvalid(fault.Violation{Field: "head", Reason: "没有找到请求头，每行应写一个，如 x-tif-paasid: demo"})
	}
	p.body = body
	return c.check(ctx, p)
}

func (c *Checker) check(ctx context.Context, p *pasted) (found []Finding, err error) {
	add := func(what string, outcome Outcome, why string) {
		found = append(found, Finding{What: what, Outcome: outcome, Why: why})
	}
	var missing []string
	for _, name := range []string{signature.HeaderPaasID, signature.HeaderTimestamp, signature.HeaderNonce, signature.HeaderSignature} {
		if p.get(name) == "" {
			missing = append(missing, strings.ToLower(name))
		}
	}
	if len(missing) > 0 {
		add("请求头", Wrong, "缺少 "+strings.Join(missing, "、")+"；发出时写了的，可能被网关或代理去掉了")
	} else {
		add("请求头", Right, "四个必需的请求头都有")
	}
	if p.get(signature.HeaderTimestamp) != "" {
		outcome, why := c.judgeTime(p.get(signature.HeaderTimestamp))
		add("时间戳", outcome, why)
	}
	if nonce := p.get(signature.HeaderNonce); nonce != "" {
		outcome, why := judgeNonce(nonce)
		add("随机串", outcome, why)
	}
	if p.get(signature.HeaderPaasID) == "" {
		return found, nil
	}
	app, err := c.apps.ByPaasID(ctx, p.get(signature.HeaderPaasID))
	if err != nil {
		return nil, fault.NewUnavailable("暂时无法核对应用，请稍后再试", time.Second, err)
	}
	if app == nil {
		add("调用方", Wrong, c.unknown(ctx, p.get(signature.HeaderPaasID)))
		return found, nil
	}
	if app.Disabled {
		add("调用方", Wrong, "是应用 "+app.Code+" "+app.Name+"，但它已停用，签名对了也会被拒绝")
	} else {
		add("调用方", Right, "是应用 "+app.Code+" "+app.Name)
	}
	if len(missing) > 0 {
		return found, nil
	}
	signed, secret := c.judgeSignature(app, p)
	found = append(append(found, signed), c.judgeBody(app, p, secret)...)
	if p.get(signature.HeaderBodyDigest) == "" || secret == "" {
		return found, nil
	}
	once, err := c.judgeOnce(ctx, app, p.get(signature.HeaderNonce))
	return append(found, once), err
}

func (c *Checker) unknown(ctx context.Context, paasid string) string {
	if by, err := c.apps.ByCode(ctx, paasid); err == nil && by != nil {
		return "没有这个 paasid；有应用编码是它的应用，而那个应用的 paasid 不同，请用开通时给的 paasid"
	}
	if strings.TrimSpace(paasid) != paasid || strings.ContainsAny(paasid, `"'`) {
		return "没有这个 paasid；它前后有空白或引号，请去掉"
	}
	return "没有这个 paasid；请核对开通时给的，以及测试、正式环境是否弄错"
}

func (c *Checker) judgeTime(timestamp string) (Outcome, string) {
	seconds, ok := signature.ParseTimestamp(timestamp)
	now := c.now()
	switch {
	case strings.Trim(timestamp, "0123456789") != "":
		return Wrong, "应为 Unix 秒，只含数字"
	case !ok:
		return Wrong, "像是毫秒（" + strconv.Itoa(len(timestamp)) + " 位），应为 Unix 秒（10 位）"
	}
	theirs := time.Unix(seconds, 0)
	off := time.Unix(now.Unix(), 0).Sub(theirs) // as the verifier compares: whole seconds
	both := fmt.Sprintf("请求里是 %s，服务器现在是 %s", beijing.FormatSecond(theirs), beijing.FormatSecond(now))
	window := int(c.window.Seconds())
	switch {
	case off <= c.window && off >= -c.window:
		return Right, fmt.Sprintf("%s，相差 %d 秒，在 %d 秒以内", both, int(off.Abs().Seconds()), window)
	case nearly(off.Abs(), 8*time.Hour, 10*time.Minute):
		return Wrong, both + "，相差约 8 小时：时区弄错了，Unix 秒与时区无关，不要加减"
	case off.Abs() > 365*24*time.Hour:
		return Wrong, both + "，差得太远：不像是 Unix 秒"
	case off < 0:
		return Wrong, fmt.Sprintf("%s，快了 %d 秒，超过 %d 秒会被拒绝：请校准业务系统的时钟", both, int(-off.Seconds()), window)
	default:
		return Doubtful, fmt.Sprintf("%s，相差 %d 秒，超过 %d 秒会被拒绝。如果请求是过一会儿才粘贴过来的，请看发出当时是否准时", both, int(off.Seconds()), window)
	}
}

func nearly(a, b, by time.Duration) bool { return (a - b).Abs() <= by }

// maxNonce is domain.md 1's.
const maxNonce = 36

func judgeNonce(nonce string) (Outcome, string) {
	for i := range len(nonce) {
		if nonce[i] < ' ' || nonce[i] > '~' {
			return Wrong, "含有不可见字符或中文，应为可见 ASCII 字符"
		}
	}
	if len(nonce) > maxNonce {
		return Wrong, fmt.Sprintf("有 %d 个字符，最多 %d 个", len(nonce), maxNonce)
	}
	return Right, fmt.Sprintf("%d 个可见 ASCII 字符", len(nonce))
}

// pasted is a request as somebody pasted it.
type pasted struct {
	headers        map[string]string // by the canonical name
	method, target string            // empty when they were not pasted
	line           string            // the target as it stands in the request line; empty when that was not pasted
	body           string
}

// get reads a header, or its alias.
func (p *pasted) get(name string) string {
	if value := p.headers[name]; value != "" {
		return value
	}
	return p.headers[signature.Alias(name)]
}

var methods = map[string]bool{"GET": true, "POST": true, "PUT": true}

func readPasted(text string) *pasted {
	p := &pasted{headers: map[string]string{}}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(line), `\`))
		p.curl(line)
		for _, flag := range []string{"-H ", "--header "} {
			line = strings.TrimPrefix(line, flag)
		}
		line = strings.Trim(line, `'"`)
		if method, rest, _ := strings.Cut(line, " "); methods[method] {
			target, _, _ := strings.Cut(rest, " ")
			p.method, p.target, p.line = method, targetOf(target), target
			continue
		}
		name, value, found := strings.Cut(line, ":")
		if name = canonical(name); found && name != "" {
			p.headers[name] = strings.TrimSpace(value)
		}
	}
	return p
}

// curl takes method and address out of a curl command's line.
func (p *pasted) curl(line string) {
	if !strings.Contains(line, "://") || !strings.Contains(line, "curl") && !strings.HasPrefix(line, "http") && !strings.HasPrefix(line, "'http") {
		return
	}
	words := strings.Fields(line)
	for i, word := range words {
		word = strings.Trim(word, `'"`)
		switch {
		case strings.Contains(word, "://"):
			p.target = targetOf(word)
		case (word == "-X" || word == "--request") && i+1 < len(words):
			p.method = strings.Trim(words[i+1], `'"`)
		}
	}
}

func targetOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return signature.Target(u)
}

// canonical is a header's name as net/http writes it; empty for what is none of ours.
func canonical(name string) string {
	for _, ours := range []string{
		signature.HeaderPaasID, signature.HeaderTimestamp, signature.HeaderNonce, signature.HeaderSignature, signature.HeaderUID,
		signature.HeaderUInfo, signature.HeaderExt, signature.HeaderBodyDigest, signature.HeaderStrong,
	} {
		for _, known := range []string{ours, signature.Alias(ours)} {
			if known != "" && strings.EqualFold(strings.TrimSpace(name), known) {
				return known
			}
		}
	}
	return ""
}
