package integrator

import (
	"strings"

	"github.com/haochaping/haochaping/internal/fault"
)

// Advice says in Chinese what to do about a refusal.
func (r *Refusal) Advice() string {
	switch r.Kind {
	case fault.Untrusted:
		return untrustedAdvice(r.Reason)
	case fault.Invalid:
		if r.Field == "" {
			return "请核对请求方法、Content-Type 和请求体大小，见 /ping/openapi.json"
		}
		return "请按字段说明改正后重新报送；同一请求的其他错误在返回的 errors 中"
	case fault.Conflict:
		if strings.Contains(r.Reason, "流水号") {
			return "已有评价，不用重报；首次评价的流水号在返回内容里"
		}
		return "规则不允许，原样重试也不会成功；请按说明处理"
	case fault.Missing:
		return "请核对接口地址，见 /ping/openapi.json"
	case fault.TooMany:
		return "请降低调用频率，按 Retry-After 等待后用同一请求重试；长期不够用时，请平台调高限额"
	case fault.Unavailable:
		if strings.Contains(r.Reason, "没有收完整") {
			return "请看看网络、网关或代理是否在中途断开；用同一请求重试，不会重复计入"
		}
		return "平台暂时繁忙，请稍后用同一请求重试，不会重复计入"
	default:
		return "是平台的问题，请稍后用同一请求重试；一直不行，请把返回的 requestId 告诉平台"
	}
}

func untrustedAdvice(reason string) string {
	for _, one := range []struct{ word, advice string }{
		{"已经用过", "每次发送（包括重发）都用新的随机串重新签名，请求体不变；请看看网关或代理是否自动重发"},
		{"连请求体一起签名", "请按接入文档 3.2 加上 x-hcp-body-digest 和 x-hcp-signature；client 包用 WithBodyDigest"},
		{"签名不符", "请用“签名检查”逐项核对；换过密钥的，确认用的是新密钥"},
		{"时间戳", "请校准业务系统服务器的时钟（NTP），并在每次发送前重新取时间"},
		{"x-tif-timestamp", "请用 Unix 秒，不要用毫秒"},
		{"缺少请求头", "请补上这个请求头；经过网关或代理时，看看是不是被去掉了"},
		{"nonce", "请用字母和数字组成的随机串，每次都不同"},
		{"未登记", "请核对 paasid 是否与开通时给的一致，环境（测试、正式）是否对应"},
		{"停用", "应用已停用，请联系平台管理员"},
		{"未订阅", "没有分配这个接口的评价对象，请平台管理员在应用中加上"},
		{"x-hcp", "请核对请求体签名：摘要须对原样发出的请求体计算"},
	} {
		if strings.Contains(reason, one.word) {
			return one.advice
		}
	}
	return "请用“签名检查”逐项核对"
}
