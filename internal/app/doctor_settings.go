package app

import (
	"context"
	"crypto/tls"
	"fmt"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/config"
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
			found = append(found, finding{bad, name + " 不能使用：" + err.Error(), "请核对文件名、权限和内容"})
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

func lookAtCertificate(_ context.Context, p *patient) []finding {
	if p.TLSCert == "" || p.TLSKey == "" {
		return []finding{well("未设置证书：由前面的代理提供 HTTPS")}
	}
	pair, err := tls.LoadX509KeyPair(p.TLSCert, p.TLSKey)
	if err != nil {
		return []finding{{bad, "证书或私钥不能使用：" + err.Error(), "请核对 tls-cert 与 tls-key 是否存在、可读、是一对"}}
	}
	left := pair.Leaf.NotAfter.Sub(p.now())
	days := int(left / (24 * time.Hour))
	switch {
	case left <= 0:
		return []finding{{bad, "证书已于 " + pair.Leaf.NotAfter.Format(time.DateOnly) + " 到期", "请换上新证书"}}
	case days < certificateDays:
		return []finding{{attention, fmt.Sprintf("证书还有 %d 天到期", days), "请尽快换上新证书"}}
	}
	return []finding{well("有效期至 %s", pair.Leaf.NotAfter.Format(time.DateOnly))}
}
