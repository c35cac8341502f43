package catalog

import "slices"

// Channel (渠道, domain.md 7) is a way that reviews come.
type Channel struct{ Code, Name string }

// Channels are all ways that reviews come, in the order in which they are shown.
func Channels() []Channel {
	return []Channel{
		{Portal, "政务服务网"}, {Yss, "粤省事"}, {Wechat, "微信公众号"}, {HallQR, "大厅二维码"}, {HallPad, "大厅平板"}, {Hotline, "热线"}, {OtherAPI, "其他接口"},
	}
}

// KnownChannel says whether there is such a channel.
func KnownChannel(code string) bool {
	return slices.ContainsFunc(Channels(), func(c Channel) bool { return c.Code == code })
}

// ChannelName is the name of a channel, or its code when there is none.
func ChannelName(code string) string {
	for _, channel := range Channels() {
		if channel.Code == code {
			return channel.Name
		}
	}
	return code
}
