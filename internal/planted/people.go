package planted

import (
	"fmt"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/integrity"
)

// visitor is somebody who rates.
type visitor struct {
	person, device, address integrity.Mark
	certificate             integrity.Mark
}

// visitor makes up somebody with a telephone of his own.
func (p *province) visitor(h *hall, w *window) visitor {
	p.names++
	v := visitor{person: mark("person %d", p.names), device: mark("phone %d", p.names), certificate: mark("certificate %d", p.names)}
	v.address = p.addressOf(h, w)
	return v
}

// addressOf is where somebody's telephone is in the network: the hall's, a carrier's that many share, or one of his own.
func (p *province) addressOf(h *hall, w *window) integrity.Mark {
	switch {
	case p.chance(min(0.97, h.wireless*w.wireless)):
		return h.address
	case p.chance(0.75):
		shared := p.carriers[w.place.Region[:6]]
		// The first of them has most: carriers are not alike.
		return shared[min(p.random.IntN(len(shared)), p.random.IntN(len(shared)))]
	}
	p.names++
	return mark("own %d", p.names)
}

// stars is what somebody thinks of it.
func (p *province) stars(delight float64) int {
	switch {
	case p.chance(delight):
		return 5
	case p.chance(0.6):
		return 4
	case p.chance(0.5):
		return 3
	}
	return 1 + p.random.IntN(2)
}

// moment is when somebody is served on a day of ordinary hours: more in the middle of the morning and of the afternoon.
func (p *province) moment(day int, lunch bool) time.Time {
	var minute float64
	switch {
	case p.chance(0.5):
		minute = 10*60 + 15 + p.random.NormFloat64()*50
	case lunch && p.chance(0.35):
		minute = p.between(12*60, 13*60+30)
	default:
		minute = 15*60 + 30 + p.random.NormFloat64()*50
	}
	minute = min(max(minute, 8*60+30), 17*60+40)
	return beijing.DayStart(day).Add(time.Duration(minute * float64(time.Minute)))
}

// late is when somebody remembers in the evening or at night.
func (p *province) late(day int) time.Time {
	minute := p.between(18*60, 23*60+50)
	if p.chance(0.15) {
		minute = p.between(0, 7*60)
	}
	return beijing.DayStart(day).Add(time.Duration(minute * float64(time.Minute)))
}

func (p *province) sighting(w *window, v visitor, at time.Time, stars int) integrity.Sighting {
	p.serial++
	s := integrity.Sighting{
		Serial: fmt.Sprintf("S%09d", p.serial), At: at.Truncate(time.Second), Stars: stars, Place: w.place, WorkNo: w.workNo, OnSpot: true,
		Person: v.person, Certificate: v.certificate, Device: v.device, Address: v.address,
	}
	if p.chance(0.25) {
		s.Words = integrity.Plain(p.remark())
	}
	return s
}

// tablet is somebody who rates on the counter, whom nobody knows.
func (p *province) tablet(w *window, at time.Time, stars int) integrity.Sighting {
	s := p.sighting(w, visitor{}, at, stars)
	return s
}

// usualRemarks are what very many write, the first ones most of all.
var usualRemarks = []string{
	"服务态度很好", "非常满意", "很好", "满意", "办事效率高", "工作人员态度很好，办事效率高", "服务热情周到", "谢谢", "耐心细致，点赞", "效率很高，服务很好",
	"态度好，效率高，非常满意", "办得很快，谢谢工作人员", "窗口人员服务态度非常好", "一次就办好了，非常方便", "热情服务，为民办事", "业务熟练，态度和蔼可亲", "解释得很清楚", "流程简单，等待时间短",
	"工作人员非常耐心地解答问题", "服务很到位，给个好评", "希望继续保持下去", "环境干净整洁，服务周到", "办事方便快捷，五星好评", "很有耐心，值得表扬", "感谢政务服务中心的工作人员",
}

var (
	whom    = []string{"窗口的同志", "工作人员", "那位大姐", "小伙子", "前台", "办证的姑娘", "值班的师傅", "二楼的人员", "导办员", "柜台的老师"}
	did     = []string{"帮我补齐了材料", "讲清楚了要带什么", "教我在手机上操作", "把复印件也一起弄好", "核对得很仔细", "主动告诉我还能邮寄", "帮老人填了表", "很快找到了档案", "提醒我税费可以减免", "重新排了号"}
	also    = []string{"省得我再跑一趟", "半小时就拿到证", "比上次快多了", "就是停车不太方便", "排队人有点多", "孩子入学的事总算办妥", "公司开户也顺利", "下次还来这里", "对外地人也很客气", "中午也有人在"}
	opening = []string{"今天", "上午", "这次", "第一次来，", "陪家里人来，", "代公司来办，", "", "", "", "下雨天过来，"}
)

// remark is what somebody writes: what all write, or his own.
func (p *province) remark() string {
	if p.chance(0.6) {
		n := len(usualRemarks)
		return usualRemarks[min(p.random.IntN(n), p.random.IntN(n))]
	}
	pick := func(of []string) string { return of[p.random.IntN(len(of))] }
	text := pick(opening) + pick(whom) + pick(did)
	if p.chance(0.6) {
		text += "，" + pick(also)
	}
	return text
}
