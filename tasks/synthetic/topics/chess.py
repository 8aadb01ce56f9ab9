"""Sixty-four squares: openings, endgames, club evenings."""

from tasks.synthetic.topics.topic import Topic, words

CHESS = Topic(
    name="chess",
    facets={
        "openings": {
            "thing": words(
                "the Caro-Kann | the King's Indian | a Najdorf with 6.Bg5 | the London, sorry | "
                "the Benko Gambit | a Catalan | the Scotch | the Dutch Stonewall | a Grünfeld | "
                "the Winawer French | the Evans Gambit"
            ),
            "deed": words(
                "ran out of theory on move six | transposed into a line I know nothing about | "
                "prepared the wrong opening all week | sacrificed a pawn on move three | "
                "castled long out of spite | found a novelty on move eleven | "
                "walked into my own preparation"
            ),
        },
        "endgames": {
            "thing": words(
                "a rook ending a pawn up | the Lucena position | opposite-coloured bishops | "
                "king and pawn against king | a Philidor defence | bishop and knight mate | "
                "a queen ending with checks for ever | the square of the pawn | a zugzwang | "
                "an outside passed pawn"
            ),
            "deed": words(
                "held a lost rook ending | miscounted the opposition by one tempo | "
                "promoted to a knight with check | stalemated a winning position | "
                "walked my king across the whole board | built a bridge exactly as the book says | "
                "traded into a drawn pawn ending"
            ),
        },
        "club night": {
            "thing": words(
                "a blitz evening at the club | a simul against twenty children | "
                "a team match on board four | a bughouse table | a 9-year-old prodigy | "
                "an adjourned league game | a flag fall with mate on the board | "
                "a club champion in slippers | a five-hour draw"
            ),
            "deed": words(
                "lost on time with mate in one | beat our club president | forgot to press the clock | "
                "blundered the queen and won anyway | played seven rounds on coffee alone | "
                "gained twelve rating points | drew against a man who hummed"
            ),
        },
    },
    words={
        "place": words(
            "the back room of the library | the club | a café in the old town | "
            "the train with a magnetic set | an online arena | the school hall | the park tables | "
            "the league final | my kitchen table"
        ),
        "when": words(
            "with four seconds left | on move sixty | in round five | with the black pieces | "
            "against a much stronger player | past midnight | after refusing a draw | "
            "in the deciding game | without touching the board"
        ),
        "gear": words(
            "a wooden travel set | a tatty opening manual | a digital clock | the endgame bible | "
            "a demonstration board | a puzzle app | a scorebook in pencil | a roll-up board"
        ),
        "moral": words(
            "tactics first | passed pawns must be pushed | never trust an engine at depth ten | "
            "check every check | rooks belong behind pawns | improve your worst piece | "
            "sit on your hands | opposition, opposition | study the losses"
        ),
    },
    posts=(
        "{Thing} {when}. Moral: {moral}.",
        "Today in {place} I {deed} {when}.",
        "How do you teach {thing} to beginners?",
        "I {deed}. The engine laughed, my opponent did not.",
        "Puzzle for you: {thing}, White to move. Hint: {moral}.",
        "Annotating a game from {place}. The turning point was {thing}.",
        "{Moral}. I repeat it to my students, then I {deed}.",
        "A whole evening on {thing} with {gear}, and no regrets.",
        "Nothing beats {thing} {when}.",
        "Resigned, shook hands, {moral}. We {deed} in the rematch.",
        "Why did nobody tell me about {thing} twenty years ago?",
    ),
    replies=(
        "{Moral}, always.",
        "I would have gone for {thing} there.",
        "Been there: I {deed} only last week.",
        "What did the engine say about it?",
        "Great game. Did you play it in {place}?",
        "Looked at it with {gear}, Black is just better.",
    ),
    hashtags=("chess", "openingprep", "endgame", "clubchess", "checkmate"),
    brands=("Rook & Row", "Tempo Clocks"),
    buzz=words("the queen sacrifice in game seven | game seven of the match | move 23 in game seven"),
    buzz_hashtag="gameseven",
    german=words("Bauernendspiele | Eröffnungen | Blitzturniere | Turmendspiele | Gambits | Mattbilder"),
    spanish=words(
        "los finales de torres | las aperturas | los gambitos | las partidas rápidas | los torneos | "
        "los peones pasados"
    ),
)
