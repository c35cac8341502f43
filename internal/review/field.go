package review

import "github.com/haochaping/haochaping/internal/privacy"

// Field is a sealed field of a review as staff knows it.
type Field struct {
	Name, Label string
	// Person says that it is about the person who wrote the review.
	Person bool
	of     func(*Personal) string
	mask   func(string) string
}

// RemarkField names what was said.
const RemarkField = "remark"

// hidden shows nothing of a value.
func hidden(string) string { return "****" }

// Fields are all sealed fields, in the order in which they are shown (domain.md 8: 张*, 138****5678, 4401****1234).
func Fields() []Field {
	return []Field{
		{"userName", "评价人姓名", true, func(p *Personal) string { return p.UserName }, privacy.MaskName},
		{"contactPhone", "联系电话", true, func(p *Personal) string { return p.ContactPhone }, privacy.MaskPhone},
		{"certificateNo", "证件号码", true, func(p *Personal) string { return p.CertificateNo }, privacy.MaskCertificate},
		{"passportName", "登录账号", true, func(p *Personal) string { return p.PassportName }, hidden},
		{"userId", "用户标识", true, func(p *Personal) string { return p.UserID }, hidden},
		{"officerName", "工作人员姓名", false, func(p *Personal) string { return p.OfficerName }, privacy.MaskName},
		{RemarkField, "评价内容", false, (*Personal).said, hidden},
	}
}

func (p *Personal) said() string { return p.Said() }

func fieldNamed(name string) (Field, bool) {
	for _, f := range Fields() {
		if f.Name == name {
			return f, true
		}
	}
	return Field{}, false
}
