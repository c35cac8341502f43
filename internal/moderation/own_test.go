package moderation

import "testing"

// What the review itself tells of its persons is masked wherever a remark says it; what everybody may have filled in is not.
func TestOnesOwnNumbers(t *testing.T) {
	for _, tt := range []struct{ name, number, remark, want string }{
		{"a certificate whose check is wrong", "440100199001011234", "我的身份证440100199001011234，谢谢", "我的身份证******************，谢谢"},
		{"in groups", "440100199001011234", "440100 19900101 1234", "********************"},
		{"with hyphens", "440100199001011234", "号440100-19900101-1234号", "号********************号"},
		{"full width", "440100199001011234", "４４０１００１９９００１０１１２３４", "******************"},
		{"told in groups", "440100 19900101 1234", "440100199001011234", "******************"},
		{"within more digits", "87654321", "998765432100", "99********00"},
		{"twice", "E12345678", "E12345678和e12345678", "*********和*********"},
		{"another case", "e12345678", "护照E12345678", "护照*********"},
		{"with a blank", "C12345678", "通行证C 12345678", "通行证**********"},
		{"of Hong Kong", "H1234567890", "港澳H1234567890", "港澳***********"},
		{"with brackets", "A123456(7)", "证A1234567", "证********"},
		{"in brackets only here", "A1234567", "证A123456(7)。", "证*********)。"},
		{"of an officer", "军字第1230567号", "我是军字第1230567号", "我是军字第*******号"},
		{"a fixed line", "020-83120000", "打83120000", "打********"},
		{"one of two telephones", "83120000/83120001", "打83120001", "打********"},
		{"a user id", "u1001", "我是u1001号", "我是*****号"},
		{"a user id in letters", "zhangwei", "我是ZhangWei", "我是********"},

		{"part of a longer word", "u1001", "gpu1001", "gpu1001"},
		{"part of a longer word of letters", "zhangwei", "zhangweiming", "zhangweiming"},
		{"part of another number", "10086", "100860", "100860"},
		{"short", "1001", "在1001号窗口", "在1001号窗口"},
		{"zeros", "00000000", "00000000", "00000000"},
		{"counted up", "12345", "打12345", "打12345"},
		{"counted up, but long", "12345678", "12345678", "********"},
		{"words", "政务服务中心大厅", "政务服务中心大厅很好", "政务服务中心大厅很好"},
		{"a day in it", "u-20261128", "20261128办的", "20261128办的"},
		{"nothing", "", "很好", "很好"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Mask(tt.remark, Check(tt.remark, &Persons{Numbers: []string{tt.number}}, nil).Findings); got != tt.want {
				t.Errorf("%s in %s: got %s, want %s", tt.number, tt.remark, got, tt.want)
			}
		})
	}
}
