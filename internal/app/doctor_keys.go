package app

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"

	"github.com/haochaping/haochaping/internal/keyring"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/store"
)

func lookAtKeys(_ context.Context, p *patient) []finding {
	if p.faults.keys != nil {
		return []finding{{bad, "不能使用：" + words(p.faults.keys), "请找回密钥文件；没有它，库中的个人信息和备份都打不开"}}
	}
	file := p.KeyFile
	if p.Embedded() {
		file = p.EmbeddedKeyFile()
	}
	info, err := os.Stat(file)
	if err != nil {
		return unasked(err)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return []finding{{bad, fmt.Sprintf("文件 %s 的权限是 %04o，别的用户也能读", file, mode), "请运行 chmod 600 " + file}}
	}
	return []finding{well("文件 %s，权限 %04o；请确认它另有备份", file, info.Mode().Perm())}
}

func lookAtSealed(ctx context.Context, p *patient) []finding {
	if p.sealer == nil {
		return nil
	}
	wrong := func(what string) []finding {
		return []finding{{bad, "密钥文件与数据库不符：" + what, "请换回建库时（或轮换后）的密钥文件"}}
	}
	fact, err := p.store.Fact(ctx, store.IndexKey)
	if err != nil {
		return unasked(err)
	}
	own := privacy.NewBlinder(p.keys).Digest("fingerprint")
	if fact != "" && fact != hex.EncodeToString(own[:]) {
		return wrong("索引密钥不是这个数据库的")
	}
	keys, err := p.store.SealingKeys(ctx)
	if err != nil {
		return unasked(err)
	}
	if err := keyring.Fits(keyFileOf(&p.Storage), p.keys, keys); err != nil {
		return wrong(err.Error())
	}
	sealed, err := p.store.SealedReviews(ctx)
	if err != nil {
		return unasked(err)
	}
	for serial, text := range sealed {
		if len(text) < 2 {
			continue // nothing personal was kept
		}
		if _, err := p.sealer.Open(text, serial); errors.Is(err, privacy.ErrForged) {
			return wrong("评价 " + serial + " 的个人信息打不开")
		}
	}
	if len(sealed) == 0 {
		return []finding{well("密钥与数据库相符；还没有评价可供试开")}
	}
	return []finding{well("最早和最新的评价都能打开")}
}
