package config

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Console says how members of staff log in to the console.
type Console struct {
	ConsoleIdle     time.Duration `help:"管理后台多久没有操作就退出登录。" default:"30m"`
	ConsoleAbsolute time.Duration `help:"管理后台一次登录最长多久。" default:"12h"`
	// ConsoleWithoutTOTP is for demonstrations alone.
	ConsoleWithoutTOTP bool `help:"管理员和审计员也不要求二次验证；只用于演示，正式环境不要设置。" name:"console-without-totp"`

	StaffOIDCIssuer       string `help:"工作人员统一身份认证（OIDC）的 issuer；设置后管理后台的登录页多一个按钮。" name:"staff-oidc-issuer" placeholder:"URL"`
	StaffOIDCClientID     string `help:"在工作人员统一身份认证登记的 client id；回跳地址登记为 {base-url}/console/oidc/callback。" name:"staff-oidc-client-id" placeholder:"ID"`
	StaffOIDCClientSecret string `help:"client secret 的文件。" name:"staff-oidc-client-secret-file" placeholder:"FILE"`
	StaffOIDCLoginClaim   string `help:"哪个 claim 是管理后台的账号，须逐字相同，且本人不能自行修改。" name:"staff-oidc-login-claim" default:"preferred_username" placeholder:"CLAIM"`
	// StaffOIDCTrustMFA takes the provider's word for the second factor.
	StaffOIDCTrustMFA bool `help:"统一身份认证的 id token 写明做过二次验证（amr 含 mfa 或 otp）时，不再要求本系统的二次验证。" name:"staff-oidc-trust-mfa"`
}

// written is a time as a person would write it for a setting: 2h, not 2h0m0s.
func written(d time.Duration) string {
	text := d.String()
	for _, nothing := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, nothing) {
			text = text[:len(text)-2]
		}
	}
	return text
}

// Bounds of the console's limits (domain.md 8).
const (
	minConsoleLimit = time.Minute
	maxConsoleIdle  = 2 * time.Hour
	maxConsoleLife  = 24 * time.Hour
)

// Check reports everything that is wrong, joined. A limit of zero is its default.
func (c *Console) Check() error {
	var faults []error
	for _, limit := range []struct {
		name     string
		is, most time.Duration
	}{{"console-idle", c.ConsoleIdle, maxConsoleIdle}, {"console-absolute", c.ConsoleAbsolute, maxConsoleLife}} {
		if limit.is != 0 && (limit.is < minConsoleLimit || limit.is > limit.most) {
			faults = append(faults, fmt.Errorf("%s 应为 %s 到 %s", limit.name, written(minConsoleLimit), written(limit.most)))
		}
	}
	if c.StaffOIDCIssuer != "" && !isIssuer(c.StaffOIDCIssuer) {
		faults = append(faults, errors.New("staff-oidc-issuer 应形如 https://login.example.gov.cn（http 只用于本机）"))
	}
	if c.StaffOIDCIssuer != "" && c.StaffOIDCClientID == "" {
		faults = append(faults, errors.New("设置 staff-oidc-issuer 时须设置 staff-oidc-client-id"))
	}
	return errors.Join(faults...)
}
