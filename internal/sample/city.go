package sample

import "strings"

// city is a prefecture of Guangdong (domain.md 7) with the last two digits of its counties' codes; 东莞 and 中山 have none.
type city struct {
	prefix   string // the first four digits of its codes
	name     string
	counties string
}

// regionCode is the city's own code of 12 digits.
func (c city) regionCode() string { return c.prefix + "00000000" }

// regionCodes are the codes of 12 digits of the city and its counties.
func (c city) regionCodes() []string {
	codes := []string{c.regionCode()}
	for _, county := range strings.Fields(c.counties) {
		codes = append(codes, c.prefix+county+"000000")
	}
	return codes
}

var cities = [...]city{
	{"4401", "广州", "03 04 05 06 11 12 13 14 15 17 18"},
	{"4402", "韶关", "03 04 05 22 24 29 32 33 81 82"},
	{"4403", "深圳", "03 04 05 06 07 08 09 10 11"},
	{"4404", "珠海", "02 03 04"},
	{"4405", "汕头", "07 11 12 13 14 15 23"},
	{"4406", "佛山", "04 05 06 07 08"},
	{"4407", "江门", "03 04 05 81 83 84 85"},
	{"4408", "湛江", "02 03 04 11 23 25 81 82 83"},
	{"4409", "茂名", "02 04 81 82 83"},
	{"4412", "肇庆", "02 03 04 23 24 25 26 84"},
	{"4413", "惠州", "02 03 22 23 24"},
	{"4414", "梅州", "02 03 22 23 24 26 27 81"},
	{"4415", "汕尾", "02 21 23 81"},
	{"4416", "河源", "02 21 22 23 24 25"},
	{"4417", "阳江", "02 04 21 81"},
	{"4418", "清远", "02 03 21 23 25 26 81 82"},
	{"4419", "东莞", ""},
	{"4420", "中山", ""},
	{"4451", "潮州", "02 03 22"},
	{"4452", "揭阳", "02 03 22 24 81"},
	{"4453", "云浮", "02 03 21 22 81"},
}
