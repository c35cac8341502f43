package app

import (
	"context"
	"crypto/tls"
	"fmt"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/config"
	"github.com/haochaping/haochaping/internal/store"
)

// certificateDays is how long before its end a certificate must be renewed, in days.
const certificateDays = 30

func lookAtSettings(_ context.Context, p *patient) (found []finding) {
	if p.faults.settings != nil {
		for line := range strings.Lines(p.faults.settings.Error()) {
			found = append(found, finding{bad, strings.TrimSpace(line), "请改正这一设置；serve 在改正前不能启动"})
		}
		return found
	}
	for name, file := range map[string]string{
		"gateway-key-file": p.GatewayKeyFile, "oidc-client-secret-file": p.OIDCClientSecret, "staff-oidc-client-secret-file": p.StaffOIDCClientSecret,
	} {
		if file == "" {
			continue
		}
		if _, err := readSecret(file); err != nil {
			found = append(found, finding{bad, name + " 不能使用：" + words(err), "请核对文件名、权限和内容"})
		}
	}
	if p.Traces != "" {
		if _, err := p.Headers(); err != nil {
			found = append(found, finding{bad, err.Error(), "请核对文件名、权限和内容"})
		}
	}
	if p.Environment == config.Testing {
		found = append(found, finding{attention, "环境为 test：每一页都有测试标记，数据可以清空", "正式运行请用 --environment production 和另外的数据库"})
	} else if !strings.HasPrefix(p.BaseURL, "https://") {
		found = append(found, finding{attention, "base-url 是 " + p.BaseURL + "，不是 https", "请设为对外的 https 地址：二维码和登录都用它，Cookie 也才有 Secure"})
	}
	if len(found) == 0 {
		found = append(found, well("没有问题"))
	}
	return found
}

// lookAtEnvironment: a database serves the environment that served it first, and no other.
func lookAtEnvironment(ctx context.Context, p *patient) []finding {
	of, err := p.store.Fact(ctx, store.Environment)
	switch {
	case err != nil:
		return unasked(err)
	case of == "":
		return []finding{well("数据库还没有启用过，首次启动 serve 后属于 %s 环境", p.Environment)}
	case of != p.Environment:
		return []finding{{bad, fmt.Sprintf("数据库属于 %s 环境，而 environment 为 %s：serve 不能启动", of, p.Environment), "请核对 --environment 和 --database，两个环境各用各的数据库"}}
	}
	return []finding{well("数据库属于 %s 环境，与设置相符", of)}
}

func lookAtCertificate(_ context.Context, p *patient) []finding {
	if p.TLSCert == "" || p.TLSKey == "" {
		return []finding{well("未设置证书：由前面的代理提供 HTTPS")}
	}
	pair, err := tls.LoadX509KeyPair(p.TLSCert, p.TLSKey)
	if err != nil {
		return []finding{{bad, "证书或私钥不能使用：" + words(err), "请核对 tls-cert 与 tls-key 是否存在、可读、是一对"}}
	}
	return []finding{timesFinding(pair.Leaf.NotBefore, pair.Leaf.NotAfter, p.now())}
}

func timesFinding(from, to, now time.Time) finding {
	days := int(to.Sub(now) / (24 * time.Hour))
	switch {
	case now.Before(from):
		return finding{bad, "证书从 " + beijing.FormatSecond(from) + " 起才有效", "请换上现在有效的证书，并核对本机的时钟"}
	case !now.Before(to):
		return finding{bad, "证书已于 " + beijing.FormatSecond(to) + " 到期", "请换上新证书"}
	case days < certificateDays:
		return finding{attention, fmt.Sprintf("证书还有 %d 天到期（%s）", days, beijing.FormatSecond(to)), "请尽快换上新证书"}
	}
	return well("有效期至 %s", beijing.FormatSecond(to))
}
