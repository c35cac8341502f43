package sample

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// surnames are Guangdong's, the frequent ones repeated.
var surnames = []rune("陈陈陈陈陈李李李李黄黄黄黄张张张梁梁林林林王王刘刘吴吴罗罗杨杨邓邓叶苏周何郑曾谢朱赖曹冯谭蔡廖彭卢潘温钟莫邱江余邹方沈严区冼麦")

var givenNames = []rune("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红玲志建国文辉梅慧婷欣怡子轩浩宇嘉俊熙诗涵梓晴雅颖琳健鹏飞燕翠少丹凤锦荣耀坤炳")

// rareNames are given names that not every system can store (CJK extension B and later), as they do occur.
var rareNames = []rune("𬍛𤧛𫖮𬱖𪩘")

// personName makes a person's name of two or three characters.
func personName(r *rand.Rand) string {
	name := string(pick(r, surnames)) + string(pick(r, givenNames))
	switch n := r.IntN(1000); {
	case n < 2:
		name += string(pick(r, rareNames))
	case n < 850:
		name += string(pick(r, givenNames))
	}
	return name
}

// mobile makes a mobile number: 1, 3 to 9, nine more digits.
func mobile(r *rand.Rand) string {
	return fmt.Sprintf("1%d%09d", 3+r.IntN(7), r.IntN(1_000_000_000))
}

// identityNumber makes a resident's identity number of 18 characters with a right check character. Its region is the
// city itself, which numbers are not given out for (they carry a county), so that it is nobody's.
func identityNumber(r *rand.Rand, c city) string {
	born := time.Date(1945, 1, 1+r.IntN(62*365), 0, 0, 0, 0, time.UTC)
	digits := fmt.Sprintf("%s00%s%03d", c.prefix, born.Format("20060102"), 1+r.IntN(999))
	return digits + identityCheck(digits)
}

// companyName makes a company's name: 深圳市嘉锦科技有限公司.
func companyName(r *rand.Rand, c city) string {
	trades := []string{"科技", "贸易", "餐饮管理", "建筑工程", "物流", "电子", "服装", "文化传播"}
	return c.name + "市" + string(pick(r, givenNames)) + string(pick(r, givenNames)) + pick(r, trades) + "有限公司"
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }
