const russian = `и в во не что он на я с со как а то все она так его но да ты к у же вы за бы по только ее мне было вот от
меня еще нет о из ему теперь когда даже ну ли если уже или ни быть был него до вас нибудь вам сказал себя ей может они
есть надо ней для мы тебя их чем была сам чтоб без будто чего раз тоже себе под будет ж тогда кто этот того потому этого
какой какая какие каком какого каким ним здесь этом один почти мой тем чтобы нее были куда зачем всех при об это сколько
после над через эти нас про них эта чей чья где который которая которые кому кем ком чему мог можно свой свою между
является являются`;

const english = `a about above after again all am an and any are as at be because been before being below between both but
by can could did do does doing down during each few for from further had has have having he her here hers him his how i if
in into is it its just me more most my no nor not now of off on once only or other our out over own same she should so some
such than that the their them then there these they this those through to too under until up very was we were what when
where which while who whom why will with would you your`;

/** Function words of Russian and English, ё as е: they carry grammar, not topic. */
export const stopWords: ReadonlySet<string> = new Set(`${russian} ${english}`.split(/\s+/));
