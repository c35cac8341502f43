package config

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// Environments (specification 3.4.1.2): one program, told apart by a setting.
const (
	Production = "production" // 正式环境
	Testing    = "test"       // 测试环境: marked on every page and code, may be emptied
)

// Pages say how citizens come in.
type Pages struct {
	BaseURL     string `help:"对外地址，用于二维码和登录回跳，如 https://haochaping.example.gov.cn。" default:"http://127.0.0.1:8080" placeholder:"URL"`
	Environment string `help:"production 正式环境；test 测试环境：每页有标记，二维码有水印，可清空数据。" default:"production"`
	// ProxyHeader holds the caller's address where a proxy in front is trusted to set it.
	ProxyHeader string `help:"前置代理写入来访地址的请求头，如 X-Real-IP；有几个地址时取最后一个；缺省取连接的地址。" placeholder:"NAME"`

	OIDCIssuer       string            `help:"统一身份认证（OIDC）的 issuer；不设置则页面不能登录。" name:"oidc-issuer" placeholder:"URL"`
	OIDCClientID     string            `help:"在统一身份认证登记的 client id。" name:"oidc-client-id" placeholder:"ID"`
	OIDCClientSecret string            `help:"client secret 的文件。" name:"oidc-client-secret-file" placeholder:"FILE"`
	OIDCScopes       []string          `help:"申请的 scope，以逗号分隔。" name:"oidc-scopes" placeholder:"openid"`
	OIDCClaims       map[string]string `help:"字段与 claim 的对应，如 userId=sub;name=name;phone=phone_number;passport=preferred_username;userType=user_type;certificateType=certificate_type;certificateNo=certificate_no。" name:"oidc-claims" placeholder:"FIELD=CLAIM;…"`
}

// claimFields are the fields that a claim can be mapped to.
var claimFields = []string{"userId", "name", "phone", "passport", "userType", "certificateType", "certificateNo"}

// headerName is a token (RFC 9110, 5.6.2), as far as names of headers are made of letters.
var headerName = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// isIssuer says whether a text can be the issuer of an identity provider.
func isIssuer(text string) bool {
	address, err := url.Parse(text)
	return err == nil && address.Host != "" && address.User == nil && !strings.ContainsAny(text, "?#") && private(address)
}

// Check reports everything that is wrong, joined.
func (p *Pages) Check() error {
	var faults []error
	refuse := func(when bool, format string, arguments ...any) {
		if when {
			faults = append(faults, fmt.Errorf(format, arguments...))
		}
	}
	base, err := url.Parse(p.BaseURL)
	refuse(err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" || strings.Trim(base.Path, "/") != "" || base.RawQuery != "",
		"base-url 应形如 https://haochaping.example.gov.cn")
	refuse(p.Environment != Production && p.Environment != Testing, "environment 应为 production 或 test")
	refuse(p.ProxyHeader != "" && !headerName.MatchString(p.ProxyHeader), "proxy-header 应为请求头的名称，如 X-Real-IP")
	refuse(p.OIDCIssuer != "" && !isIssuer(p.OIDCIssuer), "oidc-issuer 应形如 https://login.example.gov.cn（http 只用于本机）")
	refuse(p.OIDCIssuer != "" && p.OIDCClientID == "", "设置 oidc-issuer 时须设置 oidc-client-id")
	for field := range p.OIDCClaims {
		known := false
		for _, name := range claimFields {
			known = known || name == field
		}
		refuse(!known, "oidc-claims 中没有字段 %s，应为 %s", field, strings.Join(claimFields, "、"))
	}
	return errors.Join(faults...)
}

// Base is the public address without a slash at its end.
func (p *Pages) Base() string { return strings.TrimRight(p.BaseURL, "/") }
