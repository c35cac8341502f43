package sample

import (
	"math/rand/v2"
	"strings"

	"github.com/haochaping/haochaping/client"
)

// tagsOf are the codes of the national set by star level (domain.md 6).
var tagsOf = [6][]string{
	1: {"108", "109", "110", "111", "112", "113", "114", "115"},
	2: {"207", "208", "209", "210", "211", "212", "213", "214"},
	3: {"307", "308", "309", "310", "311", "312", "313", "314"},
	4: {"406", "407", "408", "409", "410", "411", "412", "413"},
	5: {"510", "511", "512", "513", "514", "515", "516", "517"},
}

var praises = []string{
	"办事很快，工作人员很耐心，谢谢！",
	"流程清楚，一次就办好了。",
	"窗口人员态度很好，讲解细致。",
	"网上办理方便，不用跑大厅。",
	"服务周到，点赞👍",
	"材料一次告知，没有走弯路。",
	"排队时间不长，整体满意。",
	"好",
}

var suggestions = []string{
	"整体还可以，希望叫号再快一点。",
	"网页上传材料时有点慢，建议优化。",
	"希望周末也能办理。",
	"指南可以写得再简单一些，老人家看不懂。",
}

var complaints = []string{
	"材料清单和现场要求的不一致，来回跑了三次。",
	"等了两个多小时才叫到号，窗口只开了一个。",
	"工作人员态度冷淡，问一句答一句。",
	"网上显示可以办理，到了现场又说系统故障。",
	"超过承诺时间一周还没有结果，电话也打不通。",
	"要求提供指南里没有写的证明，没有说明依据。",
	"同样的复印件交了两遍，很不方便。",
	"反映的问题没有解决就办结了。",
	"交了材料还被暗示索要红包，请查一查。", // a word of the list: a person looks before it is published
}

// callsOf100 of a hundred who are dissatisfied leave a number to be called at, each in a dress of his own: it is masked in public.
const callsOf100 = 12

// call is how a number is left.
func call(r *rand.Rand) string {
	number := mobile(r)
	switch r.IntN(4) {
	case 0:
		return "请回电" + number + "。"
	case 1:
		return "请联系我 " + number[:3] + "-" + number[3:7] + "-" + number[7:]
	case 2:
		return "电话" + chineseDigits.Replace(number)
	default:
		return "加微信 wx" + number[3:]
	}
}

var chineseDigits = strings.NewReplacer("0", "零", "1", "幺", "2", "二", "3", "三", "4", "四", "5", "五", "6", "六", "7", "七", "8", "八", "9", "九")

// stars draws a star level: bad (1 or 2) with the given share, else mostly 5.
func stars(r *rand.Rand, badShare float64) int {
	if r.Float64() < badShare {
		return 1 + min(r.IntN(5), 1) // four times out of five 2
	}
	switch n := r.IntN(100); {
	case n < 87:
		return 5
	case n < 97:
		return 4
	default:
		return 3
	}
}

// tags draws up to three different tags of the star level; most people choose one or none.
func tags(r *rand.Rand, star int) client.TagList {
	of := tagsOf[star]
	first := r.IntN(len(of))
	count := [...]int{0, 0, 0, 0, 1, 1, 1, 2, 2, 3}[r.IntN(10)]
	list := make(client.TagList, count)
	for i := range list {
		list[i].TagID = of[(first+3*i)%len(of)] // 3 has no factor in common with 8: all different
	}
	return list
}

// remark draws what a person writes: mostly nothing, when dissatisfied mostly why.
func remark(r *rand.Rand, star int) string {
	switch n := r.IntN(100); {
	case star <= 2 && n < 80:
		said := pick(r, complaints)
		if r.IntN(100) < callsOf100 {
			said += call(r)
		}
		return said
	case star == 3 && n < 25:
		return pick(r, suggestions)
	case star >= 4 && n < 8:
		return pick(r, praises)
	default:
		return ""
	}
}
